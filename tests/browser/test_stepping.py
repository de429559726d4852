"""Keys and pointer lead through steps and findings, and what is shown is exactly that step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

Open = Callable[..., Chrome]

#: What step 2 of finding 2 changes: the controller is being suspended.
SUSPENDS = [
    ["Clk(ipg)", "enable_count", "1", "0"],
    ["Clk(osc24m)", "enable_count", "1", "0"],
    ["ClockGate(ipg)", "on", "1", "0"],
    ["Context(kworker irqsteer)", "", "–", "there"],
    ["IrqsteerData(irqsteer)", "saved_reg", "(0, 0)", "(0, 256)"],
    ["RpmState(irqsteer)", "status", "active", "suspending"],
    ["RpmState(irqsteer)", "request", "3", "0"],
    ["RpmState(irqsteer)", "request_pending", "1", "0"],
    ["RpmState(irqsteer)", "queued", "1", "0"],
]


def press(browser: Chrome, *keys: str) -> None:
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def shown(browser: Chrome, finding: int) -> list[str]:
    """The steps of a finding that can be seen."""
    items = browser.find_elements(By.CSS_SELECTOR, f"#f{finding} .steps > li")
    return [str(item.get_attribute("id")) for item in items if item.is_displayed()]


def changes(browser: Chrome, step: str) -> list[list[str]]:
    rows = browser.find_elements(By.CSS_SELECTOR, f"#{step} .changes tbody tr")
    return [[cell.get_attribute("textContent") or "" for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows]


def heard(browser: Chrome) -> str:
    return browser.find_element(By.ID, "heard").get_attribute("textContent") or ""


def tip(browser: Chrome) -> list[str]:
    WebDriverWait(browser, 5).until(lambda browser: browser.find_element(By.ID, "tip").is_displayed())
    return browser.find_element(By.ID, "tip").text.splitlines()


def test_the_step_that_breaks_the_promise_is_shown_first_and_arrows_lead_on(opened: Open):
    browser = opened("check")
    press(browser, "n", "n")
    assert shown(browser, 2) == ["f2s3"] and heard(browser) == "Finding 2 dead-register-access in imx_irqsteer_irq_mask"
    assert "broken here" in browser.find_element(By.ID, "f2s3").text.lower()
    press(browser, Keys.HOME, Keys.ARROW_RIGHT)
    assert shown(browser, 2) == ["f2s2"] and changes(browser, "f2s2") == SUSPENDS
    assert heard(browser) == "Step 2 of 3: kworker irqsteer runs. 9 changes."
    assert browser.current_url.endswith("#f2s2")
    here = browser.find_elements(By.CSS_SELECTOR, "#f2 [aria-current=step]")
    assert [button.get_attribute("aria-label") for button in here] == ["Step 2: kworker irqsteer runs"]
    press(browser, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert shown(browser, 2) == ["f2s1"]


def test_home_and_end_lead_to_the_ends_and_no_further(opened: Open):
    browser = opened("check", "f2")
    press(browser, "p", "n", Keys.END)
    assert shown(browser, 2) == ["f2s3"]
    press(browser, Keys.ARROW_RIGHT)
    assert shown(browser, 2) == ["f2s3"] and browser.find_elements(By.CSS_SELECTOR, "#f2 .controls button")[1].get_attribute(
        "disabled"
    )
    assert "broken here" in browser.find_element(By.CSS_SELECTOR, "#f2s3 .bad").text.lower()
    press(browser, Keys.HOME)
    assert shown(browser, 2) == ["f2s1"]


def test_n_and_p_lead_through_findings(opened: Open):
    browser = opened("check")
    press(browser, "n", "n", "n", "p")
    assert browser.switch_to.active_element.get_attribute("id") == "f2"
    here = browser.find_elements(By.CSS_SELECTOR, "nav .here a")
    assert [link.get_attribute("hash") for link in here] == ["#f2"]


def test_an_address_leads_to_a_step(opened: Open):
    browser = opened("check", "f2s2")
    assert shown(browser, 2) == ["f2s2"]
    WebDriverWait(browser, 5).until(
        lambda b: 0 <= b.execute_script("return document.getElementById('f2').getBoundingClientRect().top") < 200
    )


def test_a_click_selects_the_step_of_a_column(opened: Open):
    browser = opened("check", "f2")
    browser.find_element(By.CSS_SELECTOR, "#f2 thead [data-at='2'] button").click()
    assert shown(browser, 2) == ["f2s3"]
    browser.find_element(By.CSS_SELECTOR, "#f2 tbody td[data-more][data-at='1']").click()
    assert shown(browser, 2) == ["f2s2"]
    browser.find_element(By.CSS_SELECTOR, "#f2 .controls button").click()
    assert shown(browser, 2) == ["f2s1"]


def test_the_pointer_shows_the_exact_events_of_a_cell(opened: Open):
    browser = opened("check", "f2")
    row = browser.find_element(By.XPATH, "//article[@id='f2']//tr[th='irqsteer CHANMASK1']")
    ActionChains(browser).move_to_element(row.find_element(By.CSS_SELECTOR, "[data-at='0']")).perform()
    assert tip(browser) == [
        "irqsteer CHANMASK1, step 1: task a calls request_irq()",
        "CHANMASK1 read 0x00000000",
        "CHANMASK1 write 0x00000100",
    ]
    press(browser, Keys.ESCAPE)
    assert not browser.find_element(By.ID, "tip").is_displayed()


def test_the_focus_shows_them_too_and_goes_from_lane_to_lane(opened: Open):
    browser = opened("check", "f2")
    button = browser.find_element(By.CSS_SELECTOR, "#f2 thead [data-at='0'] button")
    press(browser, "p", "n", Keys.HOME)
    for _ in range(20):
        press(browser, Keys.TAB)
        if browser.switch_to.active_element == button:
            break
    assert tip(browser)[0] == "Step 1: task a calls request_irq()"
    assert "irq_startup: irq 2: depth 1 -> 0" in tip(browser)
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert tip(browser) == ["irq 2 depth, step 1: task a calls request_irq()", "irq 2: depth 1 -> 0"]
    focused = browser.switch_to.active_element
    assert focused.tag_name == "td" and focused.get_attribute("aria-describedby") == "tip"
    press(browser, Keys.ARROW_RIGHT)
    assert browser.switch_to.active_element.tag_name == "button", "the lane has nothing to say there: its column has"
    assert shown(browser, 2) == ["f2s2"]


def test_a_circle_is_marked_and_stepped_through(opened: Open):
    browser = opened("storm")
    article = browser.find_element(By.XPATH, "//article[.//ol[contains(@class, 'circle')]]")
    number = int(str(article.get_attribute("id"))[1:])
    press(browser, *["n"] * number, Keys.END)
    [last] = shown(browser, number)
    assert browser.find_element(By.ID, last).find_element(By.XPATH, "..").get_attribute("class") == "steps circle"
    label = article.find_element(By.CSS_SELECTOR, "[aria-current=step]").get_attribute("aria-label")
    assert label is not None and label.endswith(", again and again")


def test_all_steps_at_once_and_one_again(opened: Open):
    browser = opened("check", "f2")
    press(browser, "n", "p", "a")
    assert shown(browser, 2) == ["f2s1", "f2s2", "f2s3"]
    assert browser.find_elements(By.CSS_SELECTOR, "#f2 .controls button")[2].get_attribute("aria-pressed") == "true"
    press(browser, "a")
    assert shown(browser, 2) == ["f2s3"]


def test_the_keys_are_told(opened: Open):
    browser = opened("check")
    press(browser, "?")
    dialog = browser.find_element(By.ID, "help")
    assert dialog.is_displayed()
    for key in ("←", "→", "Home", "End", "n", "p"):
        assert dialog.find_elements(By.XPATH, f".//kbd[.='{key}']"), key
    press(browser, Keys.ESCAPE)
    assert not dialog.is_displayed()


@pytest.mark.parametrize("key", [Keys.CONTROL, Keys.ALT])
def test_keys_of_the_browser_are_left_to_it(opened: Open, key: str):
    browser = opened("check", "f2")
    ActionChains(browser).key_down(key).send_keys("a").key_up(key).perform()
    assert shown(browser, 2) == ["f2s3"]
