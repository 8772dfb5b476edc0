"""Settings: where they come from, who wins, and what a file in the scanned tree cannot do."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import jsonschema
import pytest

from analyzer.config import File, find, read, schema
from analyzer.errors import InputError
from tests.running import ebs_plan

PLAIN = 'resource "aws_ebs_volume" "it" {\n  availability_zone = "eu-west-1a"\n  size = 1\n}\n'
OFF = ("--assume", "encryption_by_default=off")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with one volume that is not encrypted."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(PLAIN)
    return tmp_path


FULL = """
fail-on = ["possible", "unencrypted"]
strict = true
output = ["table", "sarif=out.sarif"]
facts = "facts.yaml"
assume = ["encryption_by_default=on"]
baseline = "baseline.json"

[levels]
EBS003 = "off"
EBS031 = "error"

[[require-key]]
address = "module.db.*"
keys = ["customer-managed"]

[[ignore]]
rule = "EBS001"
address = "aws_ebs_volume.scratch*"
reason = "rebuilt every night"
until = 2027-01-31

[[ignore]]
rule = ["EBS001", "EBS002"]
reason = "old"
"""


def written(tmp_path: Path, text: str, name: str = "ebs-plan.toml") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


# -- the file --------------------------------------------------------------------------------


def test_a_named_file_says_everything(tmp_path: Path) -> None:
    file = read(written(tmp_path, FULL), trusted=True).file
    assert file.strict
    assert file.fail_on == ["possible", "unencrypted"]
    assert [i.until for i in file.ignore] == ["2027-01-31", None]
    assert [i.rules for i in file.ignore] == [("EBS001",), ("EBS001", "EBS002")]
    assert file.levels == {"EBS003": "off", "EBS031": "error"}


def test_a_pyproject_has_the_same_in_a_table(tmp_path: Path) -> None:
    text = '[tool.ebs-plan]\nstrict = true\n[tool.ebs-plan.levels]\nEBS031 = "error"\n'
    file = read(written(tmp_path, text, "pyproject.toml"), trusted=True).file
    assert file.strict
    assert file.levels == {"EBS031": "error"}


def test_the_schema_accepts_what_the_program_accepts(tmp_path: Path) -> None:
    described = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(described)
    validator = jsonschema.Draft202012Validator(described)
    table = tomllib.loads(FULL.replace("2027-01-31", '"2027-01-31"'))
    validator.validate(table)
    assert read(written(tmp_path, FULL), trusted=True)
    for wrong in ({"strct": True}, {"fail-on": ["all"]}, {"ignore": [{"rule": "EBS001"}]}):
        assert not validator.is_valid(wrong)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("strct = true", "config-unknown", "there is no setting strct: did you mean strict?"),
        ("[[ignore]]\nrules = 'x'", "config-unknown", "ignore.rules: did you mean rule?"),
        ("[[require-key]]\nkey = 1", "config-unknown", "did you mean keys?"),
        ("[levels]\nEBS01 = 'off'", "config-unknown", "did you mean EBS0"),
        ("zzz = 1", "config-unknown", "there are: "),
        ("strict = 1", "config-value", "strict: expected `bool`, got `int`"),
        ("fail-on = ['secret-word']", "config-value", "not one of the words"),
        ("[[ignore]]\nrule = 'EBS001'", "config-value", "missing required field `reason`"),
        ("[[ignore]]\nrule = 'EBS001'\nreason = ' '", "config-value", "needs a reason"),
        (
            "[[ignore]]\nrule = 'EBS001'\nreason = 'x'\nuntil = 'soon'",
            "config-value",
            "until takes a day",
        ),
        ("[[ignore]]\nrule = 'EBS999'\nreason = 'x'", "config-unknown", "rule EBS999"),
        ("strict = ", "config-toml", "is no valid TOML"),
        ("a" * 5_000 + "[" * 5_000, "config-toml", "is no valid TOML"),
    ],
)
def test_a_slip_is_named_and_nothing_else_is_quoted(
    tmp_path: Path, text: str, code: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, text), trusted=True)
    problem = caught.value.problem
    assert problem.code == code
    assert says in problem.message
    assert "secret-word" not in problem.message


def test_a_broken_file_tells_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, "strict = true\n\nfail-on = [\n"), trusted=True)
    assert caught.value.problem.line is not None


# -- finding it ------------------------------------------------------------------------------


def test_the_nearest_file_counts_up_to_the_top_of_the_checkout(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    written(tmp_path, "strict = true")
    assert find(str(inner)) is None
    written(tmp_path / "repo", "[tool.other]\n", "pyproject.toml")
    assert find(str(inner)) is None
    written(tmp_path / "repo", "[tool.ebs-plan]\n", "pyproject.toml")
    assert find(str(inner)) == os.path.join("..", "..", "pyproject.toml")
    written(tmp_path / "repo" / "a", "")
    assert find(str(inner)) == os.path.join("..", "ebs-plan.toml")


# -- who wins --------------------------------------------------------------------------------


def test_flags_win_over_the_environment_and_that_over_the_file(tree: Path, tmp_path: Path) -> None:
    written(tree, 'fail-on = ["never"]')
    run = ("scan", "main.tf", *OFF, "-q", "--config", "ebs-plan.toml")
    assert ebs_plan(*run, cwd=tree).returncode == 0
    assert ebs_plan(*run, cwd=tree, EBS_PLAN_FAIL_ON="unencrypted").returncode == 1
    flags = (*run, "--fail-on", "rejected")
    assert ebs_plan(*flags, cwd=tree, EBS_PLAN_FAIL_ON="unencrypted").returncode == 0


def test_a_flag_answers_a_fact_instead_of_the_file(tree: Path) -> None:
    written(tree, FULL)
    done = ebs_plan("config", "show", "--config", "ebs-plan.toml", *OFF, cwd=tree)
    assert 'assume = ["encryption_by_default=off"]' in done.stdout, done.stderr


def test_config_show_tells_where_each_value_comes_from(tree: Path) -> None:
    written(tree, FULL)
    done = ebs_plan(
        *("config", "show", "--config", "ebs-plan.toml", "--assume", "owner=self"),
        cwd=tree,
        EBS_PLAN_STRICT="1",
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    told = dict(zip(lines[::2], (line.strip() for line in lines[1::2]), strict=True))
    assert told['fail-on = ["possible","unencrypted"]'] == "ebs-plan.toml"
    assert told["strict = true"] == "environment EBS_PLAN_STRICT"
    assert told['assume = ["encryption_by_default=on","owner=self"]'] == (
        "flag --assume, ebs-plan.toml"
    )
    assert told['facts = "facts.yaml"'] == "ebs-plan.toml"
    assert told['output = ["table","sarif=out.sarif"]'] == "ebs-plan.toml"
    bare = ebs_plan("config", "show", cwd=tree.parent)
    assert 'fail-on = ["unencrypted","wrong-key","rejected"]\n    default' in bare.stdout


def test_every_setting_of_a_file_is_shown() -> None:
    names = {field.replace("_", "-") for field in File.__struct_fields__}
    done = ebs_plan("config", "show", cwd=Path("/"))
    assert {line.split(" = ")[0] for line in done.stdout.splitlines()[::2]} == names


@pytest.mark.parametrize("flag", ["--fail-on=all", "--config=none.toml", "-o=tabel"])
def test_a_bad_value_ends_with_2(tree: Path, flag: str) -> None:
    done = ebs_plan("scan", "main.tf", flag, cwd=tree)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# -- a file in the scanned tree --------------------------------------------------------------

LOOSENING = {
    "fail-on": 'fail-on = ["never"]',
    "fewer levels": 'fail-on = ["rejected"]',
    "assume": 'assume = ["encryption_by_default=on"]',
    "ignore": '[[ignore]]\nrule = "EBS001"\nreason = "pass, please"',
    "levels": '[levels]\nEBS001 = "off"',
    "lower level": '[levels]\nEBS001 = "note"',
}


@pytest.mark.parametrize("text", LOOSENING.values(), ids=LOOSENING)
@pytest.mark.parametrize("where", ["ebs-plan.toml", "pyproject.toml"])
def test_a_file_in_the_tree_cannot_loosen_the_check(tree: Path, text: str, where: str) -> None:
    table = text if where == "ebs-plan.toml" else f"[tool.ebs-plan]\n{text}"
    if where == "pyproject.toml":
        table = table.replace("[[ignore]]", "[[tool.ebs-plan.ignore]]")
        table = table.replace("[levels]", "[tool.ebs-plan.levels]")
    written(tree, table, where)
    off = ebs_plan("scan", ".", *OFF, cwd=tree)
    assert off.returncode == 1, off.stdout
    for path in ("main.tf", "."):
        named = ebs_plan("scan", path, *OFF, "--config", where, cwd=tree)
        trusted = ebs_plan("scan", path, *OFF, cwd=tree, EBS_PLAN_TRUST_CONFIG="1")
        assert named.returncode == trusted.returncode == (1 if "assume" in text else 0)


def test_what_was_left_out_is_said(tree: Path) -> None:
    written(tree, 'baseline = "b.json"\n' + LOOSENING["ignore"])
    done = ebs_plan("scan", ".", *OFF, cwd=tree)
    assert "ebs-plan.toml lies in the tree that is scanned" in done.stderr
    assert "baseline, ignore left out" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "strict = true",
        'fail-on = ["possible"]',
        '[levels]\nEBS003 = "error"\n[[require-key]]\nkeys = ["x"]\n',
    ],
)
def test_a_file_in_the_tree_can_make_it_stricter(tree: Path, text: str) -> None:
    assert ebs_plan("scan", ".", cwd=tree).returncode == 0
    written(tree, text)
    done = ebs_plan("scan", ".", cwd=tree)
    assert "left out" not in done.stderr
    if "levels" not in text:
        assert done.returncode == 1


def test_a_file_elsewhere_is_the_users_own(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    written(home, LOOSENING["ignore"])
    done = ebs_plan("scan", str(tree), *OFF, cwd=home)
    assert done.returncode == 0
    assert "left out" not in done.stderr


def test_every_command_knows_the_facts_beside_the_users_own_file(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What scan is told, explain, ask and diff are told; not so from within the tree."""
    home = tmp_path_factory.mktemp("home")
    for folder in (home, tree):
        written(folder, "facts: {encryption_by_default: on}", "facts.yaml")
        written(folder, "strict = true")
    for args, known, open_ in (
        (("scan", str(tree), "-q"), "1 encrypted", "1 open"),
        (("explain", "aws_ebs_volume.it", str(tree)), "facts.yaml:1", "to settle it"),
        (("facts", "ask", str(tree)), "nothing to ask", "answer 1 question"),
        (("diff", str(tree), str(tree), "--json"), '"changes": []', '"changes": []'),
    ):
        assert known in ebs_plan(*args, cwd=home).stdout
        inside = ebs_plan(*args, cwd=tree)
        assert open_ in inside.stdout
        assert "facts.yaml left out" in inside.stderr


def test_an_output_that_a_stranger_names_is_not_written(tree: Path) -> None:
    written(tree, 'output = ["json=planted.json"]')
    ebs_plan("scan", ".", *OFF, cwd=tree)
    assert not (tree / "planted.json").exists()


def test_a_link_planted_as_file_leads_nowhere(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("home") / "secret.toml"
    secret.write_text('password = "hunter2"\n')
    (tree / "ebs-plan.toml").symlink_to(secret)
    done = ebs_plan("scan", ".", *OFF, cwd=tree)
    assert done.returncode == 2
    assert "password" not in done.stderr + done.stdout


# -- the baseline on the command line --------------------------------------------------------


def test_a_baseline_is_written_used_and_updated(tree: Path) -> None:
    run = ("scan", "main.tf", *OFF, "-q", "--baseline", "known.json")
    assert ebs_plan(*run, cwd=tree).returncode == 2
    done = ebs_plan(*run, "--update-baseline", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert "wrote 1 findings to the baseline known.json" in done.stderr
    assert ebs_plan(*run, cwd=tree).returncode == 0
    assert ebs_plan(*run, "--no-ignores", cwd=tree).returncode == 1
    (tree / "main.tf").write_text(PLAIN + PLAIN.replace('"it"', '"new"'))
    assert ebs_plan(*run, cwd=tree).returncode == 1
    (tree / "main.tf").write_text(PLAIN.replace("size", "encrypted = true\n  size"))
    fixed = ebs_plan(*run, cwd=tree)
    assert fixed.returncode == 0
    assert "fixed since the baseline known.json" in fixed.stderr
    ebs_plan(*run, "--update-baseline", cwd=tree)
    assert json.loads((tree / "known.json").read_text())["findings"] == []


def test_to_update_a_baseline_one_must_be_named(tree: Path) -> None:
    assert ebs_plan("scan", "main.tf", "--update-baseline", cwd=tree).returncode == 2


def test_a_baseline_of_an_unreadable_input_is_not_written(tree: Path) -> None:
    (tree / "broken.json").write_text("{")
    run = ("scan", "broken.json", "--baseline", "known.json", "--update-baseline")
    assert ebs_plan(*run, cwd=tree).returncode == 2
    assert not (tree / "known.json").exists()


def test_a_name_in_a_message_is_escaped_once(tree: Path) -> None:
    (tree / "ebs-plan.toml").write_text('"a\\u001b[31m" = true\n')
    done = ebs_plan("scan", ".", "--config", "ebs-plan.toml", cwd=tree)
    assert done.returncode == 2
    assert r"there is no setting a\u001b[31m:" in done.stderr
    done = ebs_plan("scan", ".", "--limit", "a\x1b=1", cwd=tree)
    assert r"there is no limit a\u001b" in done.stderr
