"""The diagrams in the real library: they are drawn, hold our texts, and do nothing.

Needs Chromium and the library, which is no package of Python: `npm install mermaid` somewhere, and
MERMAID=.../node_modules/mermaid/dist/mermaid.min.js
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.report import Style, renderer
from analyzer.report.mermaid import flowchart
from analyzer.wire import Report
from tests.browser import CHROMIUM, Browser
from tests.hostile import PLAN

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path(os.environ.get("MERMAID", ""))

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not LIBRARY.is_file(),
    reason="this machine has no Chromium, or MERMAID names no mermaid.min.js",
)

_PAGE = """<!doctype html><meta charset="utf-8"><title>mermaid</title>
<pre id="chart"></pre><script src="mermaid.min.js"></script>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mermaid")
    shutil.copy(LIBRARY, folder / "mermaid.min.js")
    path = folder / "page.html"
    path.write_text(_PAGE)
    return path


REPORTS = {
    "chain": [str(ROOT / "fixtures/terraform/ami_copy_chain/plan.json")],
    "example": [str(ROOT / "fixtures/example/plan.json")],
    "hostile": [str(PLAN)],
    "empty": [],
}


def drawn(browser: Browser, page: Path, chart: str, level: str) -> str:
    """The picture that the library makes of a chart, as markup in the page."""
    browser.open(page)
    made = browser.call(
        "Runtime.evaluate",
        expression=f"""(async () => {{
            mermaid.initialize({{startOnLoad: false, securityLevel: "{level}"}});
            const made = await mermaid.render("it", {json.dumps(chart)});
            const at = document.getElementById("chart");
            at.innerHTML = made.svg;
            if (made.bindFunctions) {{ made.bindFunctions(at); }}
            at.querySelectorAll("*").forEach(e => e.dispatchEvent(new Event("click")));
            return made.svg;
        }})()""",
        awaitPromise=True,
        returnByValue=True,
    )
    assert "exceptionDetails" not in made, made
    svg: str = made["result"]["value"]
    return svg


# GitHub draws as "strict" does; "loose" is the worst that a viewer can be set to.
@pytest.mark.parametrize("level", ["strict", "loose"])
@pytest.mark.parametrize("name", REPORTS)
def test_the_library_draws_every_node_and_nothing_acts(
    browser: Browser, page: Path, name: str, level: str
) -> None:
    report: Report = analyze(REPORTS[name])
    for chart in ("\n".join(flowchart(report, 30)), _whole(report)):
        svg = drawn(browser, page, chart, level)
        nodes = set(re.findall(r"^  (n\d+)\[", chart, re.MULTILINE))
        assert browser.run("document.querySelectorAll('#chart .node').length") == len(nodes)
        assert browser.run("document.querySelectorAll('#chart .edgePaths path').length") == (
            chart.count(" --> ")
        )
        assert "Syntax error" not in svg
        assert (
            browser.run(
                "document.querySelectorAll('#chart :is(a, script, img, iframe, image, use)').length"
            )
            == 0
        )
        assert not browser.run(
            "Array.from(document.querySelectorAll('#chart *')).some(e =>"
            " Array.from(e.attributes).some(a => a.name.startsWith('on')))"
        )
        assert browser.complaints() == []
        assert [u for u in browser.requests() if not u.startswith(page.parent.as_uri())] == []


def _whole(report: Report) -> str:
    return renderer("mermaid").render(report, Style()).decode()


def test_a_node_says_what_the_chain_holds(browser: Browser, page: Path) -> None:
    report = analyze(REPORTS["chain"])
    drawn(browser, page, _whole(report), "strict")
    texts = browser.run(
        "Array.from(document.querySelectorAll('#chart .node'), e => e.textContent.trim())"
    )
    assert any("aws_ami_copy.plain" in text and "/dev/xvda (root)" in text for text in texts)
