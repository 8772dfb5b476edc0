"""Settings: from the command line, the environment and a file, in this order of trust.

A file is `ebs-plan.toml`, or the table `[tool.ebs-plan]` of a `pyproject.toml`, in the working
folder or the nearest folder above it. What lies in the tree that is scanned was maybe written by
whoever wants to pass the check: such a file may only make the check stricter, unless it is named
on the command line or trusted by a flag (`--config`, `--trust-config`).
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from analyzer.errors import InputError
from analyzer.files import Kind, Root, git_top
from analyzer.limits import Limits
from analyzer.policy.baseline import parse_baseline
from analyzer.policy.failing import DEFAULT, NEVER
from analyzer.policy.policy import Policy
from analyzer.policy.required_keys import RequiredKey
from analyzer.policy.rules import RULES, rule_by_id
from analyzer.policy.spec import FailOn
from analyzer.policy.suppression import Ignore, parse_day
from analyzer.text import shown
from analyzer.wire import Location

__all__ = ["SCHEMA_ID", "File", "Found", "Ignored", "Required", "find", "policy", "read", "schema"]

SCHEMA_ID = "urn:ebs-plan:schema:config:1"

_NAMES = ("ebs-plan.toml", "pyproject.toml")
#: The facts file that is read if it lies beside the configuration.
_FACTS = "facts.yaml"
_LEVELS = ("off", "note", "warning", "error")
_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


class _Strict(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"
):
    """A table with no other keys than these."""


class Ignored(_Strict, frozen=True, kw_only=True, rename="kebab"):
    """Findings to live with: of one or several rules, at addresses that match a pattern.

    `*` is any text. `reason` is required; after the day `until` (2027-01-31) they count again.
    """

    rule: str | list[str]
    reason: str
    address: str = "*"
    device: str | None = None
    until: str | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules."""
        return (self.rule,) if isinstance(self.rule, str) else tuple(self.rule)


class Required(_Strict, frozen=True, kw_only=True, rename="kebab"):
    """Keys of which one is required at the addresses that match a pattern.

    A key is an ARN, an id, an alias, the address of a resource, or `customer-managed`.
    """

    keys: list[str]
    address: str = "*"


class File(_Strict, frozen=True, kw_only=True, rename="kebab"):
    """Everything that a configuration file can say."""

    fail_on: list[
        Literal["unencrypted", "wrong-key", "rejected", "possible", "unknown", "never"]
    ] = []
    strict: bool = False
    output: list[str] = []
    facts: str | None = None
    assume: list[str] = []
    baseline: str | None = None
    levels: dict[str, Literal["off", "note", "warning", "error"]] = {}
    require_key: list[Required] = []
    ignore: list[Ignored] = []
    limit: list[str] = []


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its path, what it says, and what of that it may not say.

    `refused` names the settings that would loosen the check and were left out.
    """

    path: str
    file: File
    refused: tuple[str, ...] = ()
    trusted: bool = True

    @property
    def facts(self) -> str | None:
        """The facts file beside a trusted file that names none, if one lies there."""
        named = self.file.facts is not None
        return _beside(self.path) if self.trusted and not named else None


def _beside(path: str) -> str | None:
    """The facts file beside a configuration file, if one lies there."""
    found = os.path.join(os.path.dirname(path), _FACTS)
    return found if os.path.isfile(found) else None


def find(start: str) -> str | None:
    """The nearest configuration file of a folder or those above it, up to the git top."""
    folder = os.path.realpath(start)
    top = git_top(folder)
    while True:
        for name in _NAMES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (name != _NAMES[1] or _has_table(path)):
                return os.path.relpath(path, start)
        parent = os.path.dirname(folder)
        if folder in (top, parent):
            return None
        folder = parent


def _has_table(path: str) -> bool:
    try:
        return b"tool.ebs-plan" in Root(path).read(path, Kind.SETTINGS)
    except InputError:
        return False


def read(path: str, *, trusted: bool, limits: Limits = Limits()) -> Found:
    """Read a configuration file; one that is not trusted keeps only what tightens.

    Raises:
        InputError: `config-toml`, `config-unknown` (a key that there is not, with what may have
            been meant), `config-value`, or what reading the file raises.
    """
    import tomllib

    data = Root(path, limits).read(path, Kind.SETTINGS)
    try:
        table: Any = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(path, "config-toml", "is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _AT_LINE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (data.count(b"\n") + 1, None)
        message = "is no valid TOML"
        raise InputError(path, "config-toml", message, line=line, column=column) from None
    if os.path.basename(path) == "pyproject.toml":
        tool = table.get("tool")
        table = tool.get("ebs-plan", {}) if isinstance(tool, dict) else {}
    file = _typed(path, table)
    _check(path, file)
    return Found(path=path, file=file) if trusted else _tightened(path, file)


def _typed(path: str, table: object) -> File:
    _refuse_unknown(path, table, File, "")
    _days_as_text(table)
    try:
        return msgspec.convert(table, File)
    except msgspec.ValidationError as error:
        # The message names a kind and a path of keys; only the path can hold foreign text.
        words, _, at = str(error).partition(" - at `$")
        where = f"{shown(at.rstrip('`').lstrip('.'))}: " if at else ""
        if words.startswith("Invalid enum value"):
            words = "not one of the words that are allowed here"
        said = words[:1].lower() + words[1:]
        raise InputError(path, "config-value", f"{where}{shown(said)}") from None


def _days_as_text(table: object) -> None:
    """TOML has days as a kind of value: `until = 2027-01-31` is as good as in quotes."""
    ignored = table.get("ignore") if isinstance(table, dict) else None
    for item in ignored if isinstance(ignored, list) else ():
        if isinstance(item, dict) and type(item.get("until")) is dt.date:
            item["until"] = item["until"].isoformat()


_TABLES: Mapping[str, type[msgspec.Struct]] = {"ignore": Ignored, "require-key": Required}


def _refuse_unknown(path: str, table: object, wanted: type[msgspec.Struct], at: str) -> None:
    if not isinstance(table, dict):
        return
    known = [field.encode_name for field in msgspec.structs.fields(wanted)]
    for key, value in table.items():
        if key not in known:
            raise _unknown(path, f"{at}{key}", key, known)
        for item in value if key in _TABLES and isinstance(value, list) else ():
            _refuse_unknown(path, item, _TABLES[key], f"{key}.")


def _unknown(path: str, name: str, key: str, known: list[str]) -> InputError:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    guess = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    return InputError(
        path, "config-unknown", f"there is no setting {shown(name)}: {guess}", hint=guess
    )


def _check(path: str, file: File) -> None:
    """What types cannot tell: rules that there are, days that there are."""
    ids = [rule.id for rule in RULES]
    named = [*file.levels, *(rule for ignored in file.ignore for rule in ignored.rules)]
    for rule in named:
        if rule not in ids:
            raise _unknown(path, f"rule {rule}", rule, ids)
    for ignored in file.ignore:
        if not ignored.reason.strip():
            raise InputError(path, "config-value", "an ignore needs a reason")
        if ignored.until is not None and parse_day(ignored.until) is None:
            message = "until takes a day, such as 2027-01-31"
            raise InputError(path, "config-value", message)


def _tightened(path: str, file: File) -> Found:
    """Only what makes the check stricter: more failures, higher levels, required keys."""
    refused = [
        name
        for name, value in (
            ("output", file.output),
            ("facts", file.facts),
            ("assume", file.assume),
            ("baseline", file.baseline),
            ("ignore", file.ignore),
            ("limit", file.limit),
        )
        if value
    ]
    if file.facts is None and _beside(path) is not None:
        refused.append(_FACTS)
    higher = {}
    for rule_id, level in file.levels.items():
        rule = rule_by_id(rule_id)
        if rule is not None and _LEVELS.index(level) >= _LEVELS.index(rule.level):
            higher[rule_id] = level
        else:
            refused.append(f"levels.{rule_id}")
    fail_on = file.fail_on
    if fail_on:  # what it leaves out of the default is not left out
        if NEVER in fail_on:
            refused.append("fail-on")
        more = (*(level.value for level in DEFAULT), *fail_on)
        fail_on = [level.value for level in FailOn if level.value in more]
    kept = File(fail_on=fail_on, strict=file.strict, levels=higher, require_key=file.require_key)
    return Found(path=path, file=kept, refused=tuple(refused), trusted=False)


def policy(file: File, path: str, *, suppress: bool = True, limits: Limits = Limits()) -> Policy:
    """What a file demands of a report; `path` is where its ignores are written.

    A baseline is read from the path that the file names, relative to the working folder. Raises
    `InputError` for one that cannot be read.
    """
    baseline = None
    if file.baseline is not None:
        data = Root(file.baseline, limits).read(file.baseline, Kind.SETTINGS)
        baseline = parse_baseline(file.baseline, data)
    return Policy(
        levels=file.levels,
        required_keys=tuple(
            RequiredKey(keys=tuple(r.keys), address=r.address) for r in file.require_key
        ),
        ignores=tuple(
            Ignore(
                rules=ignored.rules,
                reason=ignored.reason,
                until=ignored.until,
                address=ignored.address,
                device=ignored.device,
                location=Location(path=path),
            )
            for ignored in file.ignore
        ),
        baseline=baseline,
        suppress=suppress,
    )


def schema() -> bytes:
    """The JSON Schema of a configuration file."""
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **msgspec.json.schema(File),
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"
