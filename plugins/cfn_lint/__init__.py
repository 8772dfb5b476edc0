"""Rules for cfn-lint: `cfn-lint -a analyzer.plugins.cfn_lint TEMPLATE`."""

from __future__ import annotations

from analyzer.plugins.cfn_lint import rules

# cfn-lint takes the classes that it sees in the module that it is given.
globals().update(rules.CLASSES)
