"""What is shipped is what is in the tree, under one import package."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())
FOLDERS = {"analyzer": "analyzer", "plugins": "analyzer.plugins"}


def packages_in_the_tree() -> list[str]:
    found = []
    for folder, package in FOLDERS.items():
        for init in (TOP / folder).rglob("__init__.py"):
            steps = init.parent.relative_to(TOP / folder).parts
            found.append(".".join((package, *steps)))
    return sorted(found)


def test_every_package_of_the_tree_is_shipped() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"] == packages_in_the_tree()


def test_every_module_is_in_a_package() -> None:
    for folder in FOLDERS:
        for module in (TOP / folder).rglob("*.py"):
            assert (module.parent / "__init__.py").exists(), module


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_every_package_says_what_it_is(package: str) -> None:
    for init in (TOP / package).rglob("__init__.py"):
        assert init.read_text().lstrip().startswith(('"""', 'r"""')), init


def test_the_promise_of_types_is_shipped() -> None:
    assert (TOP / "analyzer" / "py.typed").exists()
    assert "py.typed" in PROJECT["tool"]["setuptools"]["package-data"]["analyzer"]


def test_what_is_locked_is_what_the_project_asks_for() -> None:
    from packaging.requirements import Requirement

    locked = {}
    for line in (TOP / "requirements-dev.lock").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _, version = line.partition(" ")[0].partition("==")
            locked[name] = version
    wanted = [
        *PROJECT["project"]["dependencies"],
        *(r for rs in PROJECT["project"]["optional-dependencies"].values() for r in rs),
        *PROJECT["build-system"]["requires"],
    ]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[requirement.name.lower()]), requirement
