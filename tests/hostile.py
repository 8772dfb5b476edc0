"""Names that try to act on whoever reads them, and a plan that is full of them.

`python -m tests.hostile` writes the plan, `fixtures/hostile/plan.json`, anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["PAYLOADS", "PLAN", "hostile_plan"]

PLAN = Path(__file__).resolve().parent.parent / "fixtures" / "hostile" / "plan.json"

#: One for each thing that a reader may take for more than text.
PAYLOADS: tuple[str, ...] = (
    # commands in the logs of CI systems
    "::error::owned",
    "x\n::set-output name=x::owned",
    "x\r\n::add-mask::owned",
    "%0A::error::owned",
    "##[error]owned",
    "##vso[task.setvariable variable=x]owned",
    " ::stop-commands::owned",
    # terminals
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://example.invalid\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x00nul\x07bell\x08\x7f",
    # HTML and XML
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></script></svg><svg onload=alert(1)>",
    "]]><!--",
    "--><b>bold</b>",
    "&lt;b&gt; &amp; &#x3c;",
    "\ufffe\uffff",
    # Markdown, and what GitHub makes of text
    "[link](javascript:alert(1))",
    "![image](https://example.invalid/x.png)",
    "@everyone #1 GH-1 owner/name#1",
    "https://example.invalid www.example.invalid a@example.invalid",
    "```\n# heading\n| a | b |\n",
    "`code` **bold** _em_ ~~gone~~ $x^2$",
    "<!-- ebs-plan report -->",
    "<details open><summary>x</summary>",
    "\\[quoted\\] \\",
    # Mermaid
    '"]:::bad --> n1["',
    'n1 click n1 "javascript:alert(1)"',
    "%%{init: {'securityLevel': 'loose'}}%%",
    "#quot;#35;<br/>",
    # markup of the terminal library, templates, spreadsheets
    "[bold red]x[/bold red] [/x] :skull:",
    "{{7*7}} {% raw %} ${7*7}",
    "=HYPERLINK(0) +1 -1",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\tTAB",
    # more of the above, in other words
    "::set-env name=PATH::owned",
    "::add-path::owned",
    "::group::owned",
    "::endgroup::",
    "\n\t ::save-state name=x::owned",
    "::error file=/etc/passwd,line=1,title=x::owned",
    "x::warning::owned",
    "##[group]owned",
    "x##[add-mask]owned",
    "##vso[build.addbuildtag]owned",
    "name=value\nother=owned",
    "x<<EOF\nowned\nEOF",
    "section_start:0:owned\r\x1b[0K",
    "\x1b]0;title\x07",
    "\x1bP1$r0m\x1b\\",
    "\x9d0;title\x9c",
    "\x1b[6n\x1b[2J\x1b[1;1H",
    "\r\x1b[Kall good",
    "backspace\x08\x08\x08",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "</details></td></tr></table>",
    "| a | b |\n|---|---|",
    "~~~\n</code></pre>",
    "<http://example.invalid> &#64;everyone",
    "- [ ] #1\n1. @team/name",
    "\\u001b[31m",
    # look-alikes and invisible text
    "\u202egnp.exe\u202c",
    "p\u0430yment",
    "zero\u200bwidth\u2060\ufeff",
    "e\u0301 \u2028\u2029 \U000e0041",
    "long" * 400,
)


def hostile_plan() -> dict[str, Any]:
    """A plan in which payloads stand wherever a name can stand."""
    changes: list[dict[str, Any]] = []
    for payload in PAYLOADS:
        changes.append(_created("aws_ebs_volume", "data", payload, size=1))
        changes.append(
            _created(
                "aws_ebs_volume",
                "restored",
                payload,
                snapshot_id=payload,
                encrypted=True,
                kms_key_id=payload,
            )
        )
        changes.append(_created("aws_ebs_volume", "refused", payload, kms_key_id=payload))
        changes.append(
            _created(
                "aws_instance",
                "web",
                payload,
                ami=payload,
                ebs_block_device=[{"device_name": payload, "volume_size": 1}],
            )
        )
        changes.append(_created("aws_db_instance", "other", payload))
    return {
        "format_version": "1.2",
        "terraform_version": PAYLOADS[7],
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": _blocks()}},
        "complete": True,
        "errored": False,
    }


def _created(type_: str, name: str, index: str, **after: object) -> dict[str, Any]:
    return {
        "address": f"{type_}.{name}[{json.dumps(index, ensure_ascii=False)}]",
        "mode": "managed",
        "type": type_,
        "name": name,
        "index": index,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": {"availability_zone": "eu-west-1a", **after},
            "after_unknown": {"id": True, "arn": True},
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }


def _blocks() -> list[dict[str, Any]]:
    written = {
        ("aws_ebs_volume", "data"): ("size",),
        ("aws_ebs_volume", "restored"): ("snapshot_id", "encrypted", "kms_key_id"),
        ("aws_ebs_volume", "refused"): ("kms_key_id",),
        ("aws_instance", "web"): ("ami",),
        ("aws_db_instance", "other"): (),
    }
    blocks = []
    for (type_, name), arguments in written.items():
        expressions: dict[str, Any] = {a: {"references": ["each.value"]} for a in arguments}
        if type_ == "aws_instance":
            expressions["ebs_block_device"] = [
                {"device_name": {"references": ["each.value"]}, "volume_size": {}}
            ]
        blocks.append(
            {
                "address": f"{type_}.{name}",
                "mode": "managed",
                "type": type_,
                "name": name,
                "provider_config_key": "aws",
                "expressions": expressions,
                "for_each_expression": {},
            }
        )
    return blocks


def written() -> str:
    """The plan as its file has it."""
    return json.dumps(hostile_plan(), indent=1) + "\n"


if __name__ == "__main__":
    PLAN.write_text(written(), encoding="ascii")
