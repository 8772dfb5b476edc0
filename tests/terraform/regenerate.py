"""Write the expectations of the Terraform fixtures anew.

Run `python -m tests.terraform.regenerate [CASE...]`.

Read every line that changed against the configuration and AWS's rules before you commit it:
an expectation is what the product promises, not what it happens to print.
"""

from __future__ import annotations

import sys

from .reports import cases, compact, report_of, written


def main(names: list[str]) -> None:
    """Write `expected.json` of the named cases, or of all."""
    for case in cases():
        if not names or case.name in names:
            expected = case / "expected.json"
            expected.write_text(written(compact(report_of(case))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
