"""No completion of what is partly known contradicts a definite verdict."""

from __future__ import annotations

from . import random_launches
from .random_worlds import contradicted


def test_no_completion_contradicts_what_was_certain() -> None:
    wrong, definite = contradicted(20_000)
    assert wrong == []
    assert definite > 5_000


def test_no_world_of_a_launch_contradicts_what_remains_possible() -> None:
    wrong, devices, definite = random_launches.contradicted(400)
    assert wrong == []
    assert devices > 900
    assert definite > 200
