"""The page of a report in a real browser: it asks for nothing, runs nothing of the data, and can be used by everyone."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from ldt_graph.report import Told, write_report
from tests.browser import chromium
from tests.report.test_report import ALL, BAD, told

if TYPE_CHECKING:
    from collections.abc import Generator

    from selenium import webdriver

__all__ = ["told"]

CONTRAST = """
const shade = (c) => { const v = c.match(/[\\d.]+/g).slice(0, 3).map((n) => { n /= 255; return n <= .04045 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4; }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
const back = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(", 0)") && c !== "transparent") return c; } return "rgb(255, 255, 255)"; };
const bad = [];
for (const e of document.querySelectorAll("body *")) {
  if (!e.checkVisibility() || e.disabled || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
  if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(e.tagName)) continue;
  const a = shade(getComputedStyle(e).color), b = shade(back(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.push([e.outerHTML.slice(0, 100), ratio]);
}
return bad;
"""
UNNAMED = """
const name = (e) => e.getAttribute("aria-label") || e.labels?.[0]?.textContent.trim() || e.textContent.trim();
return [...document.querySelectorAll("button, select, input, [tabindex='0'], [role=region], nav")].filter((e) => !name(e)).map((e) => e.outerHTML.slice(0, 100));
"""
HEADINGS = "return [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))"
TABLES = "return [...document.querySelectorAll('table')].filter((t) => [...t.querySelectorAll('th')].some((h) => !h.scope) || !t.querySelector('thead th')).length"


@pytest.fixture(scope="module", params=["light", "dark"])
def browser(request) -> Generator[webdriver.Chrome]:
    dark = ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")
    with chromium(*(dark if request.param == "dark" else ())) as opened:
        yield opened


def show(browser, folder: Path, told: Told):
    (folder / "report.html").write_bytes(write_report("html", told))
    browser.get((folder / "report.html").as_uri())
    WebDriverWait(browser, 20).until(
        lambda b: "Reading" not in b.find_element(By.ID, "status").text
    )
    return browser


def rows(browser) -> list[str]:
    found = browser.find_elements(By.CSS_SELECTOR, "#rows tbody tr:not(.detail)")
    return [row.text for row in found]


def test_it_asks_for_nothing_and_runs_nothing_of_the_data(browser, tmp_path, told):
    show(browser, tmp_path, told)
    for button in browser.find_elements(By.CSS_SELECTOR, "#rows button"):
        button.click()
    assert browser.find_elements(By.CSS_SELECTOR, "img, b") == []
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map((e) => e.name)"
    )
    assert loaded == []
    assert browser.get_log("browser") == []
    assert "http-equiv" in (tmp_path / "report.html").read_text()
    assert browser.title.startswith("My <city>")


def test_the_row_is_shown_among_its_neighbours_with_the_bad_cell_marked(browser, tmp_path, told):
    show(browser, tmp_path, told)
    browser.find_element(By.CSS_SELECTOR, "#rows button").send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "mark").text == "-7"
    shown = browser.find_element(By.CSS_SELECTOR, "pre").text
    assert [line in shown for line in ("id,name,power", "Größe 2", "PU-3")] == [True] * 3
    detail = browser.find_element(By.CSS_SELECTOR, ".detail").text
    assert all(word in detail for word in (">= 0", "7 (40 %)", "pumps/PU-2"))


def test_the_list_is_filtered_by_a_click_a_choice_and_a_word(browser, tmp_path, told):
    show(browser, tmp_path, told)
    assert len(rows(browser)) == len(ALL)
    browser.find_element(By.CSS_SELECTOR, f".pick[data-value='{BAD.rule}']").click()
    assert [BAD.message in r for r in rows(browser)] == [True]
    browser.find_element(By.XPATH, "//button[text()='Show all']").click()
    Select(browser.find_element(By.ID, "waived")).select_by_value("yes")
    assert len(rows(browser)) == 1
    Select(browser.find_element(By.ID, "waived")).select_by_value("")
    browser.find_element(By.ID, "text").send_keys("nobody")
    assert ["Nobody" in r for r in rows(browser)] == [True]
    browser.find_element(By.ID, "text").send_keys("xyz")
    assert "None fits" in browser.find_element(By.ID, "status").text


def test_everyone_can_read_and_use_it(browser, tmp_path, told):
    show(browser, tmp_path, told)
    browser.find_element(By.CSS_SELECTOR, "#rows button").click()
    assert browser.execute_script(CONTRAST) == []
    assert browser.execute_script(UNNAMED) == []
    assert browser.execute_script(TABLES) == 0
    levels = browser.execute_script(HEADINGS)
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    if axe := os.environ.get("TWIN_TEST_AXE"):  # axe.min.js of axe-core
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": Path(axe).read_text()})
        found = browser.execute_async_script(
            "axe.run().then((r) => arguments[0](r.violations.map((v) => [v.id, v.nodes[0].html])))"
        )
        assert found == []


def test_a_report_of_nothing_says_so(browser, tmp_path):
    show(browser, tmp_path, Told("Sound", ()))
    assert "Nothing was set aside" in browser.find_element(By.ID, "status").text
