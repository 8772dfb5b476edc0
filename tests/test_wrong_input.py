"""A file that is no plan gets one clear message, and the command that makes the right one."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.errors import InputError, Problem
from analyzer.limits import Budget, Limits
from analyzer.sources.json_scan import check_depth, decode_error, locate
from analyzer.sources.wrong_input import not_a_plan, plain

#: Made by Terraform 1.11.4 from the main.tf beside them.
FILES = Path(__file__).parent.parent / "fixtures" / "wrong_input"
PLAN = (FILES / "plan.json").read_bytes()


class Shape(msgspec.Struct):
    """As much of a plan as it takes to know one."""

    resource_changes: list[dict[str, object]] | None = None
    values: dict[str, object] | None = None


def problem_of(data: bytes) -> Problem | None:
    """What the plan source says of a file."""
    try:
        data = plain("plan.json", data)
        try:
            shape = msgspec.json.decode(data, type=Shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_a_plan("plan.json", data, error) from None
        if shape.resource_changes is None and shape.values is None:
            raise not_a_plan("plan.json", data)
    except InputError as error:
        return error.problem
    return None


@pytest.mark.parametrize("name", ["plan.json", "state.json"])
def test_the_right_files_are_read(name: str) -> None:
    assert problem_of((FILES / name).read_bytes()) is None


def test_a_byte_order_mark_is_no_harm() -> None:
    assert problem_of(b"\xef\xbb\xbf" + PLAN) is None


WRONG = [
    ("plan.tfplan", "input-binary-plan", "terraform show -json PLAN > plan.json"),
    ("plan.jsonl", "input-json-lines", "terraform plan -out PLAN"),
    ("plan.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("plan-colour.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("nochange.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("nochange-colour.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("show.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("apply.txt", "input-plan-text", "terraform plan -out PLAN"),
    ("raw.tfstate", "input-raw-state", "terraform show -json > state.json"),
    ("schemas.json", "input-schemas", "terraform show -json PLAN > plan.json"),
    ("validate.json", "input-validation", "terraform show -json PLAN > plan.json"),
    ("version.json", "input-version", "terraform show -json PLAN > plan.json"),
    ("output.json", "input-not-plan", "terraform show -json PLAN > plan.json"),
    ("error.txt", "input-error-text", "terraform show -json PLAN > plan.json"),
    ("main.tf", "input-source", ".tf"),
]


@pytest.mark.parametrize(("name", "code", "hint"), WRONG, ids=[row[0] for row in WRONG])
def test_what_terraform_writes_besides_plans_is_told_apart(name: str, code: str, hint: str) -> None:
    problem = problem_of((FILES / name).read_bytes())
    assert problem is not None
    assert problem.code == code
    assert hint in problem.hint


def test_every_file_beside_the_right_ones_is_tried() -> None:
    tried = {row[0] for row in WRONG} | {"plan.json", "state.json"}
    assert {path.name for path in FILES.iterdir()} == tried


BYTES = [
    ("nothing", b"", "input-empty", None),
    ("blanks", b"\n \t\r\n", "input-empty", None),
    ("a mark alone", b"\xef\xbb\xbf", "input-empty", None),
    ("UTF-16 of PowerShell", PLAN.decode().encode("utf-16"), "input-utf16", None),
    ("UTF-16 without a mark", PLAN.decode().encode("utf-16-le"), "input-utf16", None),
    ("UTF-16 big-endian", b"\xfe\xff" + PLAN.decode().encode("utf-16-be"), "input-utf16", None),
    ("UTF-32", PLAN.decode().encode("utf-32"), "input-utf16", None),
    ("gzip", gzip.compress(PLAN), "input-compressed", None),
    ("a program", b"\x7fELF\x02\x01", "input-binary", None),
    ("binary later", b"text\0text", "input-binary", None),
    ("a plan of Terraform 0.11", b"tfplan\x02", "input-binary-plan", None),
    ("log lines before", b"Initializing...\n\n" + PLAN, "input-text-before", (3, 1)),
    ("a log line with braces", b"{x}: done\n" + PLAN, "input-json", (1, 2)),
    ("the wrapper's first line", b"[command]/bin/tf\n" + PLAN, "input-text-before", (2, 1)),
    (
        "the wrapper's lines around",
        b"[command]/bin/tf\n" + PLAN + b"\n::debug::stdout: " + PLAN + b"\n",
        "input-text-before",
        (2, 1),
    ),
    ("log on the same line", b"\xc3\xa9... " + PLAN, "input-text-before", (1, 6)),
    ("lines after", PLAN.rstrip() + b"\n::debug::exit 0\n", "input-text-after", (2, 1)),
    ("two plans", PLAN + PLAN, "input-text-after", (2, 1)),
    ("cut off", PLAN[:700], "input-truncated", (1, 701)),
    ("cut off in a character", b'{"a":"\xc3', "input-truncated", (1, 8)),
    ("cut off after lines", b'{\n"a": [\n1,', "input-truncated", (3, 3)),
    ("a missing comma", b'{\n  "a": 1\n  "b": 2}', "input-json", (3, 3)),
    ("a trailing comma", b'{"a": [1,]}', "input-json", (1, 10)),
    ("NaN", b'{"a": NaN}', "input-json", (1, 7)),
    ("single quotes", b"{'a': 1}", "input-json", (1, 2)),
    ("half a pair", b'{\n"a": "\\ud800"}', "input-json", (2, 7)),
    ("the other half", b'{\n"a": "\\udc00"}', "input-json", (2, 13)),
    ("a control character", b'{"a": "\x01"}', "input-json", (1, 8)),
    ("no UTF-8", b'{"\xc3\xa9":1, "values": {"a": "\xff"}}', "input-json", (1, 26)),
    ("words", b"hello", "input-json", (1, 1)),
    ("a comment", b"// plan\n{}", "input-text-before", (2, 1)),
    ("YAML", b"Resources:\n  Disk:\n    Type: AWS::EC2::Volume\n", "input-json", (1, 1)),
    ("a web page", b"\n<!DOCTYPE html><html>", "input-markup", None),
    ("a list", b"[1]", "input-not-plan", None),
    ("a text", b'"plan"', "input-not-plan", None),
    ("a number", b"1", "input-not-plan", None),
    ("nothing of a plan", b"{}", "input-not-plan", None),
    ("a plan of the wrong shape", b'{"resource_changes": [1]}', "input-shape", None),
    ("nested", b'{"a":' * 100_000, "limit-depth", (1, 5001)),
    ("encrypted", b'{"meta":{},"encrypted_data":"x"}', "input-encrypted", None),
    ("of the cloud", b'{"remote_plan_format":1,"run_id":"run-1"}', "input-cloud-plan", None),
    ("of a policy", b'{"spacelift":{},"terraform":{}}', "input-policy", None),
    ("redacted", b'{"plan_format_version":"1.2"}', "input-redacted-plan", None),
    ("old state", b'{"version":3,"serial":1,"modules":[]}', "input-raw-state", None),
    ("source", b'{"resource":{"aws_ebs_volume":{}}}', "input-configuration", None),
    ("one log line", b'{"@level":"info","@message":"x"}', "input-json-lines", None),
]


@pytest.mark.parametrize(
    ("data", "code", "place"), [row[1:] for row in BYTES], ids=[row[0] for row in BYTES]
)
def test_a_damaged_or_foreign_file_is_a_clear_problem(
    data: bytes, code: str, place: tuple[int, int] | None
) -> None:
    problem = problem_of(data)
    assert problem is not None
    assert problem.code == code
    if place is not None:
        assert (problem.line, problem.column) == place
    assert problem.message
    assert problem.hint


def test_powershell_users_learn_how_to_write_utf_8() -> None:
    problem = problem_of(PLAN.decode().encode("utf-16"))
    assert problem is not None
    assert "Out-File -Encoding utf8" in problem.hint


CANARY = "hunter2"


@given(st.data())
def test_no_damage_of_a_plan_escapes_or_is_quoted(data: st.DataObject) -> None:
    broken = bytearray(json.dumps({"values": {CANARY: [CANARY, 1e9, {"é": CANARY}]}}).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken)))
        cut = data.draw(st.integers(0, 3))
        broken[at : at + cut] = data.draw(
            st.sampled_from(
                [
                    b"",
                    b"\0",
                    b"\xff",
                    b"\\",
                    b'"',
                    b"{",
                    b"]",
                    b"\\ud800",
                    b"\n",
                    b"1e999",
                    b"::",
                    b",",
                ]
            )
        )
    problem = problem_of(bytes(broken))
    if problem is not None:
        assert CANARY not in problem.message + problem.hint
        assert re.fullmatch(r"(input|limit)-[a-z0-9-]+", problem.code)


@given(st.binary(max_size=200))
def test_random_bytes_are_a_problem(data: bytes) -> None:
    assert problem_of(data) is not None


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        (b'{"resource_changes": 1}', Shape, "expected array"),
        (b'{"resource_changes": [1]}', Shape, "at $.resource_changes[0]"),
        (b'{"values": {"hunter2": 1e999}}', Shape, "number out of range at $.values[...]"),
        (b'"hunter2"', int, "expected int, got str"),
        (b'"hunter2"', msgspec.Raw, None),
    ],
)
def test_a_wrong_shape_is_told_in_our_own_words(text: bytes, shape: type, expected: str) -> None:
    try:
        msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as error:
        problem = decode_error("plan.json", text, error).problem
        assert expected in problem.message
        assert CANARY not in problem.message
    else:
        assert expected is None


def test_a_broken_part_is_located_in_the_whole() -> None:
    data = b'{\n "a": {"b": \xff},\n "c": {"d": "\xff"}}'
    piece = b'{"d": "\xff"}'
    with pytest.raises(UnicodeDecodeError) as caught:
        msgspec.json.decode(piece)
    problem = decode_error("plan.json", data, caught.value, piece=piece).problem
    assert (problem.line, problem.column) == (3, 14)


@given(st.text(st.sampled_from("aé東🙂\n")), st.integers(0, 20))
def test_an_offset_is_located_by_characters(text: str, at: int) -> None:
    before = text[:at]
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2]) + 1
    assert locate(text.encode(), len(before.encode())) == (line, column)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


nested = st.recursive(
    st.sampled_from(["", "[", "]{", '"', "\\", '\\"[', "}", 0, None]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["", "[[", '"', "\\"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(nested, st.integers(1, 5))
def test_depth_is_counted_as_a_decoder_would(value: object, most: int) -> None:
    data = json.dumps(value).encode()
    budget = Budget("x.json", Limits(depth=most))
    if depth_of(value) <= most:
        check_depth(data, budget)
        return
    with pytest.raises(InputError) as caught:
        check_depth(data, budget)
    problem = caught.value.problem
    assert problem.code == "limit-depth"
    assert problem.column is not None
    assert data[problem.column - 1 : problem.column] in (b"[", b"{")


@pytest.mark.parametrize(
    "data",
    [b"[" * 200, b'{"a":' * 200, b"[" * 200 + b"]" * 200, b"[]" * 500 + b"[" * 129],
    ids=["lists", "objects", "closed", "late"],
)
def test_depth_is_refused_beyond_the_limit_only(data: bytes) -> None:
    with pytest.raises(InputError):
        check_depth(data, Budget("x.json"))
    check_depth(b"[" * 128 + b"]" * 128, Budget("x.json"))
    check_depth(b"[]" * 500, Budget("x.json"))


def test_a_template_whose_resources_stand_behind_much_else_is_one(tmp_path: Path) -> None:
    volume = '{"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": true}}'
    text = f'{{"Description": "{"x" * 200_000}", "Resources": {{"V": {volume}}}}}'
    (tmp_path / "template.json").write_text(text)
    report = analyze([str(tmp_path / "template.json")])
    assert [device.verdict for device in report.devices] == ["encrypted"]
