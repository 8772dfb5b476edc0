"""Rules for cfn-lint: `cfn-lint TEMPLATE -a analyzer.plugins.cfn_lint`."""

from __future__ import annotations

from .rules import CLASSES

# cfn-lint takes the classes that it sees in the module that it is given.
globals().update(CLASSES)
