"""What an input may cost is one table; passing a limit is a named problem with its flag."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

import pytest

from analyzer.errors import InputError, UsageError
from analyzer.limits import TABLE, Budget, Limits, limit_error
from tests.running import ebs_plan


def test_every_limit_is_in_the_table_with_what_a_user_needs() -> None:
    fields = [field.name for field in dataclasses.fields(Limits)]
    assert [limit.field for limit in TABLE] == fields[:-1]
    assert fields[-1] == "run_ends"
    for limit in TABLE:
        assert limit.default == getattr(Limits(), limit.field) > 0
        assert limit.about
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", limit.name)


@pytest.mark.parametrize("limit", TABLE, ids=lambda limit: limit.name)
def test_the_flag_in_the_hint_changes_its_own_limit_and_no_other(limit) -> None:
    problem = limit_error("plan.json", limit.name, "too much").problem
    assert problem.code == f"limit-{limit.name}"
    assert limit.flag in problem.hint
    setting = limit.flag.removeprefix("--limit ").replace("NUMBER", str(limit.default + 1))
    expected = dataclasses.replace(Limits(), **{limit.field: limit.default + 1})
    assert Limits().changed([setting]) == expected


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("plan-size=2GB", "plan_size", 2_000_000_000),
        ("yaml-size=64k", "yaml_size", 64_000),
        ("hcl-size=5M", "hcl_size", 5_000_000),
        ("depth=250", "depth", 250),
    ],
)
def test_numbers_are_read_as_people_write_them(setting: str, field: str, value: int) -> None:
    assert getattr(Limits().changed([setting]), field) == value


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("dept=1", "did you mean depth"),
        ("\x1b[2J=1", r"no limit \\u001b\[2J .*one of plan-size"),
        ("depth", "positive number"),
        ("depth=", "positive number"),
        ("depth=0", "positive number"),
        ("depth=-1", "positive number"),
        ("depth=1e3", "positive number"),
        ("depth=٣", "positive number"),
        ("nodes=" + "9" * 5000, "positive number"),
        ("depth=251", "cannot be raised above 250"),
    ],
)
def test_a_wrong_limit_is_a_usage_error(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Limits().changed([setting])


def spend_nodes(budget: Budget) -> None:
    for _ in range(10):
        budget.spend(line=3, column=7)
    with pytest.raises(InputError) as caught:
        budget.spend(line=3, column=7)
    raise caught.value


def expand_aliases(budget: Budget) -> None:
    for _ in range(1000):
        budget.expand(100)
    budget.expand(line=3, column=7)


@pytest.mark.parametrize(
    ("spend", "code", "message"),
    [
        (spend_nodes, "limit-nodes", "more than 10 values"),
        (expand_aliases, "limit-expansion", "more than 2 times as large"),
        (lambda b: b.deepen(6, line=3, column=7), "limit-depth", "more than 5 levels deep"),
    ],
)
def test_passing_a_limit_is_a_problem_at_its_place(spend, code: str, message: str) -> None:
    budget = Budget("a.yaml", Limits(nodes=10, expansion=2, depth=5))
    budget.deepen(5)
    with pytest.raises(InputError) as caught:
        spend(budget)
    problem = caught.value.problem
    assert (problem.path, problem.code) == ("a.yaml", code)
    assert message in problem.message
    assert (problem.line, problem.column) == (3, 7)


def test_aliases_may_multiply_what_is_written() -> None:
    budget = Budget("a.yaml", Limits(expansion=2))
    budget.spend(1_000_000)
    budget.expand(2_000_000)
    with pytest.raises(InputError):
        budget.expand()


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(seconds=0, run_seconds=600).started(), "limit-seconds"),
        (Limits(seconds=30, run_seconds=0).started(), "limit-run-seconds"),
        (Limits(seconds=0, run_seconds=0), "limit-seconds"),
    ],
)
def test_time_runs_out_also_for_who_only_counts_nodes(limits: Limits, code: str) -> None:
    budget = Budget("a.tf", limits)
    time.sleep(0.001)
    budget.spend()  # the clock is not read for each node
    with pytest.raises(InputError) as caught:
        budget.spend(5000)
    assert caught.value.problem.code == code
    with pytest.raises(InputError):
        budget.tick()
    Budget("a.tf").tick()


VOLUME = "Resources: {Data: {Type: AWS::EC2::Volume, Properties: {Encrypted: true}}}\n"
DEVICES = ", ".join(f'{{"device_name": "/dev/sd{c}"}}' for c in "abc")
PLAN = """{"format_version": "1.2", "resource_changes": [{"address": "aws_instance.a",
"mode": "managed", "type": "aws_instance", "name": "a", "change": {"actions": ["create"],
"before": null, "after": {"ami": "ami-1", "ebs_block_device": [%s]}, "after_unknown": {}}}]}
"""
COMMANDS = (
    ("scan",),
    ("explain", "Data"),
    ("facts", "ask"),
    ("facts", "check", "facts.yaml"),
    ("diff", "good.yaml"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(VOLUME)
    (tmp_path / "large.yaml").write_text(VOLUME + "# " + "x" * 2000 + "\n")
    (tmp_path / "facts.yaml").write_text("version: 1\nfacts: {encryption_by_default: on}\n")
    (tmp_path / "plan.json").write_text(PLAN % DEVICES)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_reads_inputs_takes_limits(command, folder: Path) -> None:
    assert ebs_plan(*command, "large.yaml", cwd=folder).returncode in (0, 1)
    done = ebs_plan(*command, "large.yaml", "--limit", "yaml-size=2k", cwd=folder)
    assert done.returncode == 2
    assert "error[limit-yaml-size]: large.yaml" in done.stderr
    wrong = ebs_plan(*command, "large.yaml", "--limit", "yaml=2k", cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean yaml-size?" in wrong.stderr
    shown = ebs_plan(*command, "--limit", "depth=77", "--show-limits", cwd=folder)
    assert shown.returncode == 0
    rows = {line.split()[0]: line.split()[1] for line in shown.stdout.splitlines()}
    assert rows == {
        **{limit.name: f"{limit.default:,}" for limit in TABLE},
        "depth": "77",
    }


def test_what_passes_a_limit_is_an_error_and_the_other_inputs_are_reported(folder: Path) -> None:
    done = ebs_plan("good.yaml", "large.yaml", "--limit", "yaml-size=2k", cwd=folder)
    assert done.returncode == 2
    assert "1 encrypted" in done.stdout
    assert "help: if this input is what it should be, raise the limit with" in done.stderr
    assert "--limit yaml-size=NUMBER" in done.stderr


def test_a_resource_with_too_many_devices_is_listed_and_fails(folder: Path) -> None:
    assert ebs_plan("plan.json", "--fail-on", "never", cwd=folder).returncode == 0
    done = ebs_plan("plan.json", "good.yaml", "--limit", "devices=2", cwd=folder)
    assert done.returncode == 2
    assert "aws_instance.a: more than 2 block devices" in done.stdout
    assert "error[limit-devices]: plan.json" in done.stderr
    assert "1 encrypted" in done.stdout


def test_a_settings_file_changes_limits_if_it_is_trusted(folder: Path) -> None:
    (folder / "ebs-plan.toml").write_text('limit = ["yaml-size=2k"]\n')
    assert ebs_plan("large.yaml", cwd=folder).returncode == 0
    done = ebs_plan("large.yaml", "--trust-config", cwd=folder)
    assert done.returncode == 2
    flag = ("--limit", "yaml-size=3k")
    assert ebs_plan("large.yaml", "--trust-config", *flag, cwd=folder).returncode == 0
