"""Draw docs/img/report.png: the page of `ldt violations --format html`, in the machine's Chromium, with one row open.

ldt violations town --format html -o report.html && python docs/img/report.py report.html docs/img/report.png
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--window-size=1400,1900",
)


def main(page: str, target: str) -> None:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.get(Path(page).absolute().as_uri())
        rows = (By.CSS_SELECTOR, "#rows button")
        WebDriverWait(browser, 20).until(lambda b: b.find_elements(*rows))
        browser.find_elements(*rows)[3].click()
        browser.execute_script("window.scrollTo(0, 0); document.activeElement.blur()")
        browser.find_element(By.TAG_NAME, "body").screenshot(target)
    finally:
        browser.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
