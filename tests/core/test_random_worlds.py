"""No completion of what is partly known contradicts a definite verdict."""

from __future__ import annotations

from .random_worlds import contradicted


def test_no_completion_contradicts_what_was_certain() -> None:
    wrong, definite = contradicted(20_000)
    assert wrong == []
    assert definite > 5_000
