"""Settings that `scan` and its like take: as flags, from the environment, or from a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec
from click.core import ParameterSource

from analyzer.cli.completing import formats, levels
from analyzer.errors import UsageError
from analyzer.limits import Limits
from analyzer.report import FORMATS
from analyzer.text import shown

if TYPE_CHECKING:
    from analyzer.config import Found
    from analyzer.policy.failing import Failing
    from analyzer.policy.policy import Policy

__all__ = [
    "OutputType",
    "Setting",
    "Settings",
    "failing_of",
    "knowledge_options",
    "output_option",
    "policy_of",
    "read_settings",
    "setting_options",
    "take_knowledge",
    "tell",
]

F = TypeVar("F", bound=Callable[..., Any])
Output = tuple[str, str]


class OutputType(click.ParamType[Output]):
    """`FORMAT` or `FORMAT=FILE`."""

    name = "FORMAT[=FILE]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Output:
        if isinstance(value, tuple):
            return value
        name, _, path = str(value).partition("=")
        if name not in FORMATS:
            from difflib import get_close_matches

            near = get_close_matches(name, FORMATS, n=1)
            guess = f"did you mean {near[0]}?" if near else f"choose from {', '.join(FORMATS)}"
            self.fail(f"no format {shown(name)}: {guess}", param, ctx)
        return name, path


output_option = click.option(
    "-o",
    "--output",
    "output",
    type=OutputType(),
    multiple=True,
    envvar="EBS_PLAN_OUTPUT",
    shell_complete=formats,
    help=f"Format of the report, on standard output or in FILE: {', '.join(FORMATS)}. Repeatable.",
)

_KNOWLEDGE = (
    click.option(
        "--facts",
        metavar="FILE",
        envvar="EBS_PLAN_FACTS",
        help="What you know of accounts, images and keys (YAML).",
    ),
    click.option(
        "--assume",
        multiple=True,
        metavar="FACT=ANSWER",
        help="Settle a fact, in the words of the report; without its input, in every input that "
        "has it. Repeatable.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        envvar="EBS_PLAN_CONFIG",
        help="Settings from this file; without it, from ebs-plan.toml or pyproject.toml.",
    ),
    click.option(
        "--trust-config",
        is_flag=True,
        envvar="EBS_PLAN_TRUST_CONFIG",
        help="Let a settings file in the scanned tree loosen the check, too.",
    ),
)
_OPTIONS = (
    click.option(
        "--fail-on",
        metavar="LEVELS",
        envvar="EBS_PLAN_FAIL_ON",
        shell_complete=levels,
        help="Exit with 1 for these findings: unencrypted, wrong-key, rejected, possible, "
        "unknown, never.  [default: unencrypted,wrong-key,rejected]",
    ),
    click.option(
        "--strict",
        is_flag=True,
        envvar="EBS_PLAN_STRICT",
        help="Exit with 1 for whatever is not certainly good, and for ignores without use.",
    ),
    click.option(
        "--require-key",
        multiple=True,
        metavar="KEY",
        help="A key that is allowed: ARN, id, alias, address, or customer-managed. Repeatable.",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        envvar="EBS_PLAN_BASELINE",
        help="Findings that are known already.",
    ),
    click.option(
        "--update-baseline", is_flag=True, help="Write all findings of this run to --baseline."
    ),
    click.option(
        "--no-ignores", is_flag=True, help="Report what ignores and the baseline suppress."
    ),
)


def setting_options(command: F) -> F:
    """Give a command the options that `read_settings` reads."""
    for option in reversed((output_option, *_KNOWLEDGE, *_OPTIONS)):
        command = option(command)
    return command


def knowledge_options(command: F) -> F:
    """Give a command the options that `take_knowledge` takes."""
    for option in reversed(_KNOWLEDGE):
        command = option(command)
    return command


def take_knowledge(
    paths: Iterable[str], options: dict[str, Any]
) -> tuple[str | None, Sequence[str]]:
    """The facts file and the assumptions for inputs, as `scan` has them; out of the options."""
    settings = read_settings(click.get_current_context(), paths)
    for name in ("facts", "assume", "config", "trust_config"):
        del options[name]
    for note in settings.notes:
        click.echo(f"note: {shown(note, None)}", err=True)
    return settings["facts"], settings["assume"]


class Setting(msgspec.Struct, frozen=True):
    """One value and where it comes from, in words."""

    value: Any
    origin: str


class Settings(msgspec.Struct, frozen=True):
    """The values in force, each with its origin, and what there is to say about the file."""

    values: dict[str, Setting]
    path: str = ""
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name].value


#: Every setting that a file can have, its default, and whether lists add up.
_DEFAULTS: dict[str, Any] = {
    "output": (),
    "facts": None,
    "assume": (),
    "fail_on": ("unencrypted", "wrong-key", "rejected"),
    "strict": False,
    "baseline": None,
    "levels": {},
    "require_key": (),
    "ignore": (),
    "limit": (),
}
_ADD_UP = ("assume", "require_key", "limit")


def read_settings(ctx: click.Context, paths: Iterable[str]) -> Settings:
    """The settings of a command line with the options of `setting_options` and `limit_options`.

    Raises `InputError` for a bad file and `UsageError` for a bad value.
    """
    limits = Limits().changed(ctx.params["limit"])
    found = _file(ctx.params.get("config"), bool(ctx.params.get("trust_config")), paths, limits)
    values: dict[str, Setting] = {}
    for name, default in _DEFAULTS.items():
        value, origin = default, "default"
        in_file = getattr(found.file, name) if found is not None else None
        if found is not None and in_file:
            value, origin = in_file, found.path
            if name in ("facts", "baseline"):
                value = os.path.join(os.path.dirname(found.path), in_file)
            elif name == "output":
                value = [OutputType().convert(text, None, ctx) for text in in_file]
        elif name == "facts" and found is not None and found.facts is not None:
            value, origin = found.facts, f"beside {found.path}"
        given, source = _given(ctx, name)
        if source:
            adds = name in _ADD_UP and bool(in_file)
            if name == "assume":  # the flag wins over what the file answers to the same fact
                answered = {text.rpartition("=")[0] for text in given}
                in_file = [t for t in in_file or () if t.rpartition("=")[0] not in answered]
            value = [*(in_file or ()), *given] if adds else given
            origin = f"{source}, {origin}" if adds else source
        values[name] = Setting(value, origin)
    if found is None:
        return Settings(values)
    return Settings(values, found.path, _left_out(found))


def _left_out(found: Found) -> tuple[str, ...]:
    """What to say where a file may not loosen the check."""
    if not found.refused:
        return ()
    note = (
        f"{found.path} lies in the tree that is scanned, so it may only make the check stricter: "
        f"{', '.join(found.refused)} left out (--config {found.path} or --trust-config lets it "
        "count)"
    )
    return (note,)


def _given(ctx: click.Context, name: str) -> tuple[Any, str]:
    """What the command line or the environment say, and which of them; nothing otherwise."""
    source = ctx.get_parameter_source(name)
    value = ctx.params.get(name)
    if value is None or source not in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
        return None, ""
    flag = "--" + name.replace("_", "-")
    where = f"flag {flag}"
    if source is ParameterSource.ENVIRONMENT:
        where = f"environment EBS_PLAN_{name.upper()}"
    if name == "fail_on":
        value = tuple(word.strip() for word in str(value).split(",") if word.strip())
    if name == "require_key":
        from analyzer.config import Required

        value = [Required(keys=list(value))]
    return value, where


def _file(config: str | None, trust: bool, paths: Iterable[str], limits: Limits) -> Found | None:
    """The configuration file that is named, else the nearest one, if there is any."""
    from analyzer import config as files

    if config is not None:
        return files.read(config, trusted=True, limits=limits)
    path = files.find(os.curdir)
    if path is None:
        return None
    return files.read(path, trusted=trust or not _is_scanned(path, paths), limits=limits)


def _is_scanned(path: str, inputs: Iterable[str]) -> bool:
    """Whether a file lies in a tree that one of the inputs is in; standard input is anywhere."""
    from analyzer.files import Root, is_inside, real_path
    from analyzer.remote import is_uri, local_path

    here = real_path(path)
    named = (local_path(i) if is_uri(i) else i for i in inputs)
    tops = (Root(os.curdir if i == "-" else i).top for i in named if i is not None)
    return any(is_inside(here, top) for top in tops)


def failing_of(settings: Settings) -> Failing:
    """What fails the run. Raises `UsageError` for a level that there is not."""
    from analyzer.policy.failing import Failing, parse_levels

    return Failing(levels=parse_levels(settings["fail_on"]), strict=settings["strict"])


def policy_of(settings: Settings, ctx: click.Context, limits: Limits) -> Policy:
    """The policy that settings ask for.

    Raises `UsageError` where a baseline is to be written and none is named, and `InputError` for
    one that cannot be read.
    """
    from analyzer import config as files

    baseline = settings["baseline"]
    update_baseline = ctx.params["update_baseline"]
    if update_baseline and baseline is None:
        raise UsageError("--update-baseline needs --baseline FILE")
    file = files.File(
        levels=settings["levels"],
        require_key=list(settings["require_key"]),
        ignore=list(settings["ignore"]),
        baseline=None if update_baseline else baseline,
    )
    return files.policy(file, settings.path, suppress=not ctx.params["no_ignores"], limits=limits)


def tell(settings: Settings) -> None:
    """Print every setting, its value and where it comes from."""
    for name, setting in settings.values.items():
        click.echo(f"{name.replace('_', '-')} = {_value(setting.value)}")
        click.echo(f"    {shown(setting.origin, None)}")
    for note in settings.notes:
        click.echo(f"note: {shown(note, None)}", err=True)


def _value(value: Any) -> str:
    """A value on one line, as a settings file would have it."""
    import msgspec

    from analyzer.text import safe_json

    if isinstance(value, (list, tuple)) and value and isinstance(value[0], tuple):
        value = [f"{name}={path}" if path else name for name, path in value]
    return safe_json(msgspec.json.encode(value)).decode()
