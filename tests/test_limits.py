"""What an input may cost is one table; passing a limit is a named problem with its flag."""

from __future__ import annotations

import dataclasses
import re
import time

import pytest

from analyzer.errors import InputError, UsageError
from analyzer.limits import TABLE, Budget, Limits, limit_error


def test_every_limit_is_in_the_table_with_what_a_user_needs() -> None:
    assert [limit.field for limit in TABLE] == [f.name for f in dataclasses.fields(Limits)]
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


@pytest.mark.parametrize("clock", ["seconds", "run-seconds"])
def test_time_runs_out_also_for_who_only_counts_nodes(clock: str) -> None:
    budget = Budget("a.tf", Limits(seconds=0, run_seconds=0), clock=clock)
    time.sleep(0.001)
    budget.spend()  # the clock is not read for each node
    with pytest.raises(InputError) as caught:
        budget.spend(5000)
    assert caught.value.problem.code == f"limit-{clock}"
    with pytest.raises(InputError):
        budget.tick()
    Budget("a.tf").tick()
