from __future__ import annotations

import pytest

from tests.readme import README, examples, run, types

_EXAMPLES = examples(README.read_text(encoding="utf-8"))


def test_there_are_examples() -> None:
    assert len(_EXAMPLES) >= 4


@pytest.mark.parametrize(("command", "output"), _EXAMPLES, ids=[c for c, _ in _EXAMPLES])
def test_an_example_prints_what_the_readme_shows(command: str, output: str) -> None:
    assert run(command) == output


def test_the_list_of_types_is_the_tables() -> None:
    assert f"<!-- types -->\n{types()}<!-- end of types -->" in README.read_text(encoding="utf-8")
