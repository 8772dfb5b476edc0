"""The look and the behaviour of the HTML page: its style sheet and its script."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["POLICY", "SCRIPT", "STYLE"]

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1f2328;--dim:#59636e;--line:#d1d9e0;--soft:#f6f8fa;
--ok:#116329;--okb:#d9f2e0;--bad:#b3202c;--badb:#ffdcd9;--ref:#a04100;--refb:#ffe3cc;--open:#7a5200;
--openb:#fff1b8;--link:#0757ba}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9aa5b1;--line:#3d444d;
--soft:#161b22;--ok:#5fd07b;--okb:#12351d;--bad:#ff8d85;--badb:#4a1517;--ref:#ffab70;--refb:#452209;
--open:#f0cf63;--openb:#3a2e05;--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
h3{font-size:1rem;margin:1.4rem 0 .3rem}
p{margin:.3rem 0}.dim{color:var(--dim)}
code,svg text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}
code{overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.tile{flex:1 1 7rem;border:1px solid var(--line);border-radius:8px;padding:.6rem .9rem;
background:var(--soft)}
.tile b{display:block;font-size:1.9rem;line-height:1.2}
.badge{display:inline-block;white-space:nowrap;border-radius:1rem;padding:0 .6rem;border:1px solid;
font-weight:600;font-size:.85rem}
.encrypted{color:var(--ok)}.unencrypted{color:var(--bad)}.rejected{color:var(--ref)}
.depends{color:var(--open)}
.badge.encrypted{background:var(--okb)}.badge.unencrypted,.badge.error{background:var(--badb)}
.badge.rejected{background:var(--refb)}.badge.depends,.badge.warning{background:var(--openb)}
.badge.error{color:var(--bad)}.badge.warning{color:var(--open)}.badge.note{color:var(--dim)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--soft)}
td:first-child{width:45%}#devices td:first-child{width:1%}#devices td:nth-child(2){min-width:20rem}
summary{cursor:pointer}summary:hover{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
details dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0 .3rem;
font-size:.92rem}
dt{color:var(--dim)}dd{margin:0}dd ul,.list{margin:0;padding-left:1.1rem}
.filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.5rem 0}
.filter[hidden]{display:none}
.filter input[type=search]{flex:1 1 16rem;padding:.4rem .6rem;font:inherit;color:inherit;
background:var(--bg);border:1px solid var(--line);border-radius:6px}
.filter button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);
border-radius:6px;padding:.3rem .7rem;cursor:pointer}
figure{margin:.8rem 0;overflow-x:auto;border:1px solid var(--line);border-radius:8px;padding:1rem}
svg{display:block}.edge{fill:none;stroke:var(--dim);stroke-width:1.5}
.node rect{fill:var(--soft);stroke:var(--dim);stroke-width:1.5}
.node text{fill:var(--fg);font-size:12px}
.node .l1{font-weight:600}
.node.encrypted rect{fill:var(--okb);stroke:var(--ok)}
.node.unencrypted rect{fill:var(--badb);stroke:var(--bad);stroke-width:2.5}
.node.rejected rect{fill:var(--refb);stroke:var(--ref);stroke-width:2.5}
.node.depends rect{fill:var(--openb);stroke:var(--open);stroke-dasharray:6 4}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.4rem}
@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--soft:#fff;--ok:#0b5a20;
--okb:#e9f7ec;--bad:#8f1019;--badb:#fdeceb;--ref:#7a3100;--refb:#fff0e3;--open:#5c3d00;--openb:#fff8dc}
body{max-width:none;padding:0;font-size:10pt}.filter,.skip{display:none}
.scroll,figure{overflow:visible;border:0;padding:0}svg{max-width:100%;height:auto}
tr,figure,.tile{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""

SCRIPT = """
(function () {
  "use strict";
  var form = document.getElementById("filter");
  if (!form) { return; }
  var rows = Array.prototype.slice.call(document.querySelectorAll("#devices tbody tr"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var search = document.getElementById("search");
  var count = document.getElementById("count");
  var all = document.getElementById("all");
  var boxes = Array.prototype.slice.call(form.querySelectorAll("input[type=checkbox]"));
  function apply() {
    var words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    var wanted = {};
    boxes.forEach(function (box) { wanted[box.value] = box.checked; });
    var seen = 0;
    rows.forEach(function (row, index) {
      var hit = wanted[row.dataset.verdict] !== false &&
        words.every(function (word) { return texts[index].indexOf(word) !== -1; });
      row.hidden = !hit;
      if (hit) { seen += 1; }
    });
    count.textContent = seen + " of " + rows.length + " shown";
  }
  function details() {
    return Array.prototype.slice.call(document.querySelectorAll("#devices details"));
  }
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", apply);
  all.addEventListener("click", function () {
    var open = all.getAttribute("aria-pressed") !== "true";
    details().forEach(function (item) { item.open = open; });
    all.setAttribute("aria-pressed", String(open));
    all.textContent = open ? "Collapse all" : "Expand all";
  });
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && event.target === search) { search.value = ""; apply(); }
  });
  window.addEventListener("beforeprint", function () {
    details().forEach(function (item) { item.dataset.was = String(item.open); item.open = true; });
  });
  window.addEventListener("afterprint", function () {
    details().forEach(function (item) { item.open = item.dataset.was === "true"; });
  });
  apply();
})();
"""


def _hash(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


#: Nothing is loaded from anywhere, and only this style sheet and this script count.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash(STYLE)}'; script-src 'sha256-{_hash(SCRIPT)}'; "
    "base-uri 'none'; form-action 'none'"
)
