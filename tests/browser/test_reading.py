"""Everybody can read it: in the dark, on a phone, on paper, by ear, without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.selenium import Axe
from chromium import address, asked_for, complaints
from hard import hostile
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

Open = Callable[..., Chrome]

PAGES = ("check", "storm", "cures", "kept")

PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}


def media(browser: Chrome, kind: str = "", **features: str) -> None:
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": named})


def paper(browser: Chrome) -> str:
    found: str = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    return found


def violations(browser: Chrome) -> list[str]:
    return [f"{one['id']}: {node['html'][:200]}" for one in Axe().run(browser)["violations"] for node in one["nodes"]]


LIGHT, DARK = "rgb(253, 252, 249)", "rgb(21, 23, 26)"


def test_light_or_dark_as_the_system_has_it(opened: Open):
    browser = opened("check")
    media(browser, prefers_color_scheme="light")
    assert paper(browser) == LIGHT
    media(browser, prefers_color_scheme="dark")
    assert paper(browser) == DARK


def test_a_reader_may_choose_and_is_remembered(opened: Open):
    browser = opened("check")
    media(browser, prefers_color_scheme="dark")
    button = browser.find_element(By.ID, "theme")
    seen = []
    for _ in range(3):
        button.click()
        seen.append((button.text, paper(browser)))
    assert seen == [("Theme: light", LIGHT), ("Theme: dark", DARK), ("Theme: system", DARK)]
    button.click()
    browser.refresh()
    assert (browser.find_element(By.ID, "theme").text, paper(browser)) == ("Theme: light", LIGHT)
    browser.execute_script("localStorage.clear()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(opened: Open, name: str, scheme: str):
    browser = opened(name)
    media(browser, prefers_color_scheme=scheme)
    assert violations(browser) == []
    browser.execute_script("document.querySelectorAll('.controls button:nth-child(3)').forEach((one) => one.click())")
    browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(browser) == []


def test_axe_finds_nothing_on_a_phone_or_in_the_help(opened: Open):
    browser = opened("check")
    browser.find_element(By.ID, "keys").click()
    assert violations(browser) == []
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser = opened("check", "f2")
    assert violations(browser) == []


def test_axe_would_find_something(opened: Open):
    browser = opened("check")
    browser.execute_script("document.querySelector('h1').style.color = '#ddd'; document.documentElement.lang = ''")
    assert {one.partition(":")[0] for one in violations(browser)} == {"color-contrast", "html-has-lang"}


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *((name, width) for name in ("check", "cures") for width in (320, 360, 700, 760, 1100, 1400)),
        ("storm", 360),
        ("large", 360),
    ],
)
def test_nothing_is_wider_than_the_screen(opened: Open, name: str, width: int):
    browser = opened(name)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": width, "mobile": width < 700})
    browser = opened(name, "f2")
    script = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, room = browser.execute_script(script)
    assert room == width or room == width - 15
    assert wide <= room


def test_on_a_phone_every_step_is_a_row_that_says_what_it_changes(opened: Open):
    browser = opened("check")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser = opened("check", "f2")
    items = browser.find_elements(By.CSS_SELECTOR, "#f2 .steps > li")
    assert [item.is_displayed() for item in items] == [True, True, True]
    assert not browser.find_element(By.CSS_SELECTOR, "#f2 .lanes").is_displayed()
    moves = items[1].find_element(By.CSS_SELECTOR, ".moves").text.splitlines()
    assert moves[:2] == ["irqsteer status: active → suspending", "ipg clock: runs → stopped"]
    items[1].find_element(By.CSS_SELECTOR, "h4 button").click()
    assert (
        items[1].find_element(By.CSS_SELECTOR, ".changes").is_displayed()
        and not items[0].find_element(By.CSS_SELECTOR, ".told").is_displayed()
    )


def test_on_paper_there_is_everything(opened: Open):
    browser = opened("check")
    media(browser, "print")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    for selector in (".steps > li", ".told", ".changes", ".lanes", ".facts"):
        found = browser.find_elements(By.CSS_SELECTOR, selector)
        assert found and all(one.rect["height"] > 0 for one in found), selector
    assert not any(one.is_displayed() for one in browser.find_elements(By.CSS_SELECTOR, ".tools, .controls, #tip, dialog"))
    media(browser, "print", prefers_color_scheme="dark")
    assert paper(browser) == "rgb(255, 255, 255)"
    assert browser.execute_cdp_cmd("Page.printToPDF", {})["data"].startswith("JVBERi")


@pytest.fixture
def scriptless(running: Chrome) -> Iterator[Chrome]:
    running.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield running
    running.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_without_a_script_it_is_a_document(scriptless: Chrome, pages: Path):
    scriptless.get(address(pages / "check.html"))
    items = scriptless.find_elements(By.CSS_SELECTOR, "#f2 .steps > li")
    assert [item.is_displayed() for item in items] == [True, True, True]
    assert "RpmState(irqsteer) status active suspending" in " ".join(items[1].text.split())
    dead = scriptless.find_elements(By.CSS_SELECTOR, ".tools, .timeline, .controls, #tip")
    assert dead and not any(one.is_displayed() for one in dead)


def test_a_hostile_name_is_only_text(browser: Chrome, pages: Path):
    nasty = "</script><img src=x onerror=document.title='run'><script>document.title='run'</script>"
    path = pages / "hostile.html"
    path.write_text(hostile(nasty), encoding="utf-8")
    browser.get(address(path))
    assert nasty in (browser.find_element(By.CSS_SELECTOR, "article .text").get_attribute("textContent") or "")
    assert browser.title.startswith("BROKEN") and not browser.find_elements(By.TAG_NAME, "img")
    lanes = browser.find_element(By.CSS_SELECTOR, ".lanes").get_attribute("textContent") or ""
    assert nasty in lanes


def test_what_is_not_named_in_the_policy_does_not_run(browser: Chrome, pages: Path):
    path = pages / "injected.html"
    text = (pages / "check.html").read_text(encoding="utf-8")
    bad = "<script>document.title = 'run'</script><img src='https://irqlab.invalid/x.png' onerror='document.title = 1'>"
    path.write_text(text.replace('<main id="main">', f'<main id="main">{bad}'), encoding="utf-8")
    browser.get(address(path))
    said: list[dict[str, Any]] = complaints(browser)
    assert browser.title.startswith("BROKEN") and len(said) >= 2
    assert all("Content Security Policy" in one["message"] for one in said)
    assert any("irqlab.invalid/x.png" in one["message"] for one in said)
    asked_for(browser)  # it is heard there too, though it went nowhere
