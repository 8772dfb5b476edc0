"""Lists of inputs: many roots in one run, each by itself, with what they export to each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.errors import InputError
from analyzer.org import read_list
from tests.running import Done, ebs_plan

EXPORTING = """\
Resources:
  Key: {{Type: AWS::KMS::Key}}
Outputs:
  Own: {{Value: {value}, Export: {{Name: {name}}}}}
"""
IMPORTING = """\
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties: {{Encrypted: true, KmsKeyId: !ImportValue {name}, AvailabilityZone: a, Size: 1}}
"""
SOURCE = """\
variable "encrypted" { type = bool }
resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = 1
  encrypted         = var.encrypted
}
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def org(folder: Path, listed: str, *arguments: str) -> tuple[dict[str, list[dict]], Done]:
    (folder / "list").write_text(listed)
    done = ebs_plan("scan", "--org", "list", "-o", "json", *arguments, cwd=folder)
    return json.loads(done.stdout), done


def keys(report: dict[str, list[dict]]) -> dict[str, str | None]:
    """The key of each device, by its input."""
    return {d["input"]: (d["key"] or {}).get("ref") for d in report["devices"]}


def test_roots_export_to_each_other_and_nobody_guesses_between_two(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "keys/own.yaml": EXPORTING.format(name="own", value="!GetAtt Key.Arn"),
            "dev/keys.yaml": EXPORTING.format(name="twice", value="!GetAtt Key.Arn"),
            "prod/keys.yaml": EXPORTING.format(name="twice", value="!GetAtt Key.Arn"),
            "dev/same.yaml": EXPORTING.format(name="same", value="alias/shared"),
            "prod/same.yaml": EXPORTING.format(name="same", value="alias/shared"),
            **{
                f"app/{name}.yaml": IMPORTING.format(name=name) for name in ("own", "same", "twice")
            },
        },
    )
    report, done = org(tmp_path, "app\nkeys/own.yaml\ndev/\nprod\n")
    assert done.returncode == 0
    found = keys(report)
    assert found["app/own.yaml"] == "keys/own.yaml:Key"
    assert found["app/same.yaml"] == "alias/shared"
    assert found["app/twice.yaml"] is None


def test_roots_of_the_same_shape_stay_apart(tmp_path: Path) -> None:
    write(tmp_path, {f"{team}/main.tf": SOURCE for team in ("a", "b")})
    report, done = org(tmp_path, "a\nb\n./a\n")
    assert done.returncode == 0
    assert [i["path"] for i in report["inputs"]] == ["a", "b"]  # and `a` is there once
    one, other = report["devices"]
    assert (one["input"], other["input"]) == ("a", "b")
    assert one["address"] == other["address"]
    assert one["id"] != other["id"]
    assert {d["verdict"] for d in report["devices"]} == {"depends"}


def test_bad_lines_are_named_and_the_others_analyzed(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": SOURCE, "b.yaml": "Resources: {V: {Type: AWS::EC2::Volume}}"})
    listed = "\n# teams\na\n  b.yaml\t\r\nteams/gone\nhttp://example.invalid/x.yaml\n"
    report, done = org(tmp_path, listed)
    assert done.returncode == 2
    assert [i["path"] for i in report["inputs"]] == ["a", "b.yaml"]
    assert [(p["path"], p["line"], p["code"]) for p in report["problems"]] == [
        ("list", 5, "input-missing"),
        ("list", 6, "input-uri"),
    ]
    assert "error[input-missing]: list:5: teams/gone is not there" in done.stderr


def test_a_list_may_come_from_another_program(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": SOURCE})
    done = ebs_plan("scan", "--org", "-", "-o", "json", cwd=tmp_path, stdin=b"a\n")
    assert [i["path"] for i in json.loads(done.stdout)["inputs"]] == ["a"]
    done = ebs_plan("scan", "-", "--org", "-", cwd=tmp_path, stdin=b"a\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input" in done.stderr


@pytest.mark.parametrize("listed", ["", "# nothing\n\n"])
def test_a_list_without_inputs_is_an_error(listed: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(listed)
    with pytest.raises(InputError, match="lists no inputs"):
        read_list(str(tmp_path / "list"))
    done = ebs_plan("scan", "--org", "list", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_each_root_is_confined_to_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": SOURCE, "b/t.yaml": "Resources: {V: {Type: AWS::EC2::Volume}}"})
    (tmp_path / "a/t.yaml").symlink_to(tmp_path / "b/t.yaml")
    write(tmp_path, {"a/calls.tf": 'module "b" {\n  source = "../b"\n}\n'})
    report, done = org(tmp_path, "a\nb\n")
    assert done.returncode == 2
    assert [p["code"] for p in report["problems"]] == ["outside-root"]
    assert [n["address"] for n in report["not_analyzed"]] == ["module.b"]


def test_a_settings_file_in_a_listed_root_cannot_loosen_the_check(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": SOURCE, "a/ebs-plan.toml": 'fail-on = ["never"]\n'})
    (tmp_path / "list").write_text(f"file://{tmp_path}/a\n")
    done = ebs_plan("scan", "--org", "../list", cwd=tmp_path / "a")
    assert "may only make the check stricter" in done.stderr


def test_the_report_does_not_hang_on_who_does_the_work(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    padding = "# and so on\n" * 20_000
    for number in range(24):
        files[f"t{number:02}/keys.yaml"] = EXPORTING.format(name=f"k{number}", value="!Ref Key")
        files[f"t{number:02}/app.yaml"] = (
            IMPORTING.format(name=f"k{(number * 7 + 5) % 26}") + padding
        )
        files[f"t{number:02}/main.tf"] = SOURCE
    write(tmp_path, files)
    listed = "".join(f"t{number:02}\n" for number in range(24))
    alone, shared = (org(tmp_path, listed, "--jobs", jobs)[0] for jobs in "12")
    assert shared == alone
    assert len(alone["devices"]) == 48
    assert keys(alone)["t00/app.yaml"] == "t05/keys.yaml:Key"
