"""Short ways to write configurations and to look at what was read."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzer.core.values import Absent, Choice, Datum, Given, Reference, Unknown
from analyzer.files import Root
from analyzer.limits import Limits
from analyzer.sources.document import Document
from analyzer.sources.terraform_hcl import Library, Options, read


def known(type_: str) -> bool:
    return type_.startswith("aws_")


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def document(
    files: Mapping[str, str | bytes] | str,
    *,
    limits: Limits = Limits(),
    at: str = "",
    **options: Any,
) -> Document:
    """Read a configuration of files by name, or of one `main.tf`."""
    if isinstance(files, str):
        files = {"main.tf": files}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / at
        folder.mkdir(parents=True, exist_ok=True)
        write(Path(name), files)
        return read(
            str(folder),
            options=Options(known=known, **options),
            library=Library(Root(str(folder), limits)),
        )


def told(datum: Datum) -> Any:
    """A datum in plain Python: unknowns by name, references and choices as tuples."""
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Reference):
            return ("ref", value.address, value.attribute)
        if isinstance(value, Mapping):
            return {key: told(part) for key, part in value.items()}
        if isinstance(value, tuple):
            return [told(part) for part in value]
        return value
    if isinstance(datum, Absent):
        return None
    if isinstance(datum, Unknown):
        return ("unknown", datum.name)
    assert isinstance(datum, Choice)
    return (datum.fact.name, {key: told(branch) for key, branch in datum.branches.items()})


def body(
    files: Mapping[str, str] | str, address: str = "aws_x.y", **options: Any
) -> dict[str, Any]:
    """The plain body of one resource of a configuration without problems."""
    made = document(files, **options)
    assert made.problems == []
    return {name: told(datum) for name, datum in made.by_address()[address].body.items()}


def value(expression: str, declared: str = "", **options: Any) -> Any:
    """The plain value of one expression."""
    return body(f'{declared}\nresource "aws_x" "y" {{\n  v = {expression}\n}}\n', **options)["v"]
