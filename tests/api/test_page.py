"""GraphiQL as a planner meets it: in a real browser, with a question asked by its button."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from ldt_api.app import create_app
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ldt_graph.graph.embedded import EmbeddedStore
from tests.api.served import threaded
from tests.browser import chromium
from tests.cities import Cities, record_of
from tests.neo4j.server import free_port

if TYPE_CHECKING:
    from collections.abc import Generator

    from selenium import webdriver


@pytest.fixture(scope="module")
def address(cities: Cities) -> Generator[str]:
    """Serve an invented city of 4,000 people."""
    port = free_port()
    app = create_app(EmbeddedStore(record_of(cities.demo(4_000)).location))
    with threaded(app, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def browser() -> Generator[webdriver.Chrome]:
    with chromium() as opened:
        yield opened


def test_graphiql_asks_its_first_question_and_loads_nothing_from_elsewhere(address, browser):
    browser.get(f"{address}/graphql")
    wait = WebDriverWait(browser, 30)
    button = wait.until(lambda b: b.find_element(By.CSS_SELECTOR, ".graphiql-execute-button"))
    assert "impact(of: $of" in browser.find_element(By.CSS_SELECTOR, ".graphiql-query-editor").text
    button.click()
    result = (By.CSS_SELECTOR, ".result-window")
    wait.until(lambda b: '"failed"' in b.find_element(*result).text)
    assert '"errors"' not in browser.find_element(*result).text
    loaded = browser.execute_script("return performance.getEntries().map(e => e.name)")
    assert [u for u in loaded if u.startswith("http") and not u.startswith(address)] == []
    faults = [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert [e for e in faults if "favicon" not in e["message"]] == []
    if picture := os.environ.get("TWIN_TEST_PICTURE"):
        browser.save_screenshot(picture)
