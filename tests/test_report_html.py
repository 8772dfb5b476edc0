"""The HTML page in a real browser: what a person does with it, and what it never does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.report import Style
from analyzer.report.html import render
from tests.browser import CHROMIUM, Browser
from tests.hostile import PLAN

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("fixtures/example/plan.json", "fixtures/terraform/ami_copy_chain/plan.json")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium")

VISIBLE = "Array.from(document.querySelectorAll('#devices tbody tr')).filter(r => !r.hidden)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    inputs = {"report": [str(ROOT / i) for i in INPUTS], "hostile": [str(PLAN)], "empty": []}
    paths = {}
    for name, found in inputs.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_bytes(render(analyze(found), Style()))
    return paths


@pytest.fixture
def page(browser: Browser, pages: dict[str, Path]) -> Iterator[Browser]:
    browser.call("Emulation.setEmulatedMedia", media="", features=[])
    browser.open(pages["report"])
    yield browser
    assert browser.complaints() == []


@pytest.mark.parametrize("name", ["report", "hostile", "empty"])
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    browser.open(pages[name])
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    browser.run("document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('click')))")
    assert browser.requests() == [pages[name].as_uri()]
    assert browser.complaints() == []
    assert browser.run("document.title") == "EBS encryption report"
    assert browser.run("document.querySelectorAll('img, iframe, object, embed, base').length") == 0


def test_the_policy_stops_a_script_that_got_in_all_the_same(page: Browser) -> None:
    page.run(
        "var s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        "document.body.appendChild(s); document.body.setAttribute('onclick', 'window.owned = 1');"
        "document.body.click()"
    )
    assert page.run("window.owned === undefined")
    page.events.clear()


def test_the_filter_takes_words_and_outcomes(page: Browser) -> None:
    every = page.run("document.querySelectorAll('#devices tbody tr').length")
    assert page.run(f"{VISIBLE}.length") == every
    assert page.run("document.getElementById('filter').hidden") is False

    def search(words: str) -> int:
        page.run(
            f"var s = document.getElementById('search'); s.value = {words!r};"
            "s.dispatchEvent(new Event('input', {bubbles: true}))"
        )
        count: int = page.run(f"{VISIBLE}.length")
        assert page.run("document.getElementById('count').textContent") == (
            f"{count} of {every} shown"
        )
        return count

    assert 0 < search("AWS_AMI_COPY") < every
    assert 0 < search("aws_ami_copy plain") < search("aws_ami_copy")
    assert search("nothing like it") == 0
    assert search("") == every
    page.click("#filter input[value=encrypted]")
    verdicts = page.run(f"{VISIBLE}.map(r => r.dataset.verdict)")
    assert "encrypted" not in verdicts
    assert verdicts


def test_a_device_unfolds_to_its_explanation(page: Browser) -> None:
    seen = "document.querySelector('#devices dl').checkVisibility()"
    assert page.run(seen) is False
    page.click("#devices summary")
    assert page.run(seen) is True
    text = page.run("document.querySelector('#devices details').textContent")
    assert "outcomes" in text
    page.click("#all")
    assert page.run("document.querySelectorAll('#devices details:not([open])').length") == 0
    page.click("#all")
    assert page.run("document.querySelectorAll('#devices details[open]').length") == 0


def test_everything_can_be_reached_by_keyboard(page: Browser) -> None:
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Skip to the devices"
    page.press("/")
    assert page.run("document.activeElement.id") == "search"
    page.run("document.querySelector('#devices summary').focus()")
    page.press("Enter", "\r")
    assert page.run("document.querySelector('#devices details').open") is True
    seen = set()
    page.run("document.activeElement.blur()")
    for _ in range(60):
        page.press("Tab")
        seen.add(page.run("document.activeElement.tagName"))
    assert {"A", "INPUT", "BUTTON", "SUMMARY"} <= seen


def test_it_works_without_script(browser: Browser, pages: dict[str, Path]) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["report"])
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        assert browser.run("document.getElementById('filter').hidden") is True
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.click("#devices summary")
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        assert browser.run("document.querySelector('#devices details').open") is True
        assert browser.run("document.querySelectorAll('svg .node').length") > 5
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_it_prints_with_every_explanation(page: Browser) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.run("getComputedStyle(document.getElementById('filter')).display") == "none"
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    assert page.run("document.querySelectorAll('#devices details:not([open])').length") == 0
    page.run("window.dispatchEvent(new Event('afterprint'))")
    assert page.run("document.querySelectorAll('#devices details[open]').length") == 0
    pdf = page.call("Page.printToPDF", printBackground=True)["data"]
    assert len(pdf) > 20_000
    width = page.run(
        "Math.max(...Array.from(document.querySelectorAll('svg'), s => s.scrollWidth))"
    )
    assert width <= page.run("document.documentElement.clientWidth")


CONTRAST = """
(function () {
  function parse(c) { return c.match(/[0-9.]+/g).slice(0, 3).map(Number); }
  function light(c) {
    var l = parse(c).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 :
      Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
  }
  function behind(e) {
    for (; e; e = e.parentElement) {
      var c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c) && c !== 'transparent') { return c; }
    }
    return 'rgb(255,255,255)';
  }
  return Math.min(...Array.from(document.querySelectorAll('p, td, th, .badge, .tile, dt, h1'))
    .map(e => { var a = light(getComputedStyle(e).color), b = light(behind(e));
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }));
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(page: Browser, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", media="", features=features)
    background = page.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    assert page.run(CONTRAST) >= 4.5  # WCAG 2.2, AA


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_no_width_makes_the_page_scroll_sideways(page: Browser, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", **size)
    try:
        assert page.run("document.documentElement.scrollWidth") <= width
    finally:
        page.call("Emulation.clearDeviceMetricsOverride")


def test_every_outcome_is_told_in_words_and_not_by_colour_alone(page: Browser) -> None:
    words = page.run(
        "Array.from(document.querySelectorAll('#devices td:first-child'), e => e.textContent)"
    )
    assert set(words) <= {"⊘ rejected", "✗ unencrypted", "? open", "✓ encrypted"}
    labels = page.run(
        "Array.from(document.querySelectorAll('svg'), s => s.getAttribute('aria-label'))"
    )
    assert all(label.startswith("chain: ") for label in labels)
