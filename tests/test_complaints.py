"""What users of other scanners complain about, one test for each complaint.

The complaints are those of public issue trackers; each test names the one that it answers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analyzer.policy.rules import RULES
from analyzer.report import FORMATS
from tests.hostile import PLAN as HOSTILE
from tests.running import Done, ebs_plan

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "fixtures" / "example" / "plan.json"
MODULES = ROOT / "fixtures" / "terraform" / "module_kms"
VOLUME = 'resource "aws_ebs_volume" "it" {\n  availability_zone = "eu-west-1a"\n  size = 1\n}\n'
ON, OFF = (f"--assume=encryption_by_default={state}" for state in ("on", "off"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(VOLUME)
    return tmp_path


def scan(folder: Path, *args: str, **environment: str) -> tuple[Done, dict[str, Any]]:
    """A run that leaves its report as JSON beside whatever else it is asked for."""
    path = folder / "report.json"
    done = ebs_plan("scan", *args, f"-ojson={path}", cwd=folder, **environment)
    return done, json.loads(path.read_bytes()) if path.exists() else {}


def plan(**after: Any) -> dict[str, Any]:
    """A plan for one volume; `unknown`, `sensitive` and `expressions` stand beside its values."""
    unknown = after.pop("unknown", {})
    sensitive = after.pop("sensitive", {})
    expressions = after.pop("expressions", {name: {} for name in after})
    block = {
        "address": "aws_ebs_volume.it",
        "mode": "managed",
        "type": "aws_ebs_volume",
        "name": "it",
    }
    change = {
        "actions": ["create"],
        "before": None,
        "after": after,
        "after_unknown": unknown,
        "after_sensitive": sensitive,
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.14.0",
        "resource_changes": [{**block, "change": change}],
        "configuration": {"root_module": {"resources": [{**block, "expressions": expressions}]}},
    }


def written(folder: Path, content: object, name: str = "plan.json") -> str:
    (folder / name).write_text(json.dumps(content))
    return name


def test_account_wide_encryption_is_taken_into_account(folder: Path) -> None:
    """Ignores reality: encryption by default is not considered, or a missing block passes."""
    for fact, verdict, code in ((ON, "encrypted", 0), (OFF, "unencrypted", 1)):
        done, report = scan(folder, ".", fact)
        assert report["devices"][0]["verdict"] == verdict
        assert done.returncode == code
    _, report = scan(folder, ".")
    assert report["devices"][0]["verdict"] == "depends"


def test_an_unknown_value_is_neither_pass_nor_fail(tmp_path: Path) -> None:
    """Unknown values become pass or fail at random: `after_unknown: true` read as true."""
    unknown = plan(
        unknown={"encrypted": True},
        expressions={"encrypted": {"references": ["var.encrypted"]}},
    )
    done, report = scan(tmp_path, written(tmp_path, unknown), OFF)
    (device,) = report["devices"]
    assert device["verdict"] == "depends"
    assert {o["outcome"] for o in device["outcomes"]} == {"encrypted", "unencrypted"}
    assert len(device["settle"]) == 1
    assert "var.encrypted" in device["settle"][0]
    assert done.returncode == 0


def test_a_key_of_the_same_plan_is_known_before_it_has_an_arn(tmp_path: Path) -> None:
    """Unknown values: a key that is made in the same plan is known by its address."""
    _, report = scan(tmp_path, str(EXAMPLE))
    keys = {d["key"]["ref"] for d in report["devices"] if d["key"]}
    assert "aws_kms_key.data" in keys


def test_what_was_skipped_is_listed_and_fails_a_strict_run(tmp_path: Path) -> None:
    """Silently skipped expressions or files."""
    (tmp_path / "main.tf").write_text('module "far" {\n  source = "org/far/aws"\n}\n')
    done, report = scan(tmp_path, ".")
    assert done.returncode == 0
    assert report["summary"]["not_analyzed"] == len(report["not_analyzed"]) > 0
    assert report["not_analyzed"][0]["reason"]
    table = ebs_plan("scan", ".", cwd=tmp_path).stdout
    assert "not analyzed" in table
    assert ebs_plan("scan", ".", "--strict", cwd=tmp_path).returncode == 1
    assert ebs_plan("scan", ".", "--fail-on", "unknown", cwd=tmp_path).returncode == 1


def test_a_broken_file_is_never_green_and_hides_nothing(folder: Path) -> None:
    """Green on a broken file."""
    (folder / "broken.json").write_text('{"resource_changes": [')
    for order in (["broken.json", "main.tf"], ["main.tf", "broken.json"]):
        done, report = scan(folder, *order, OFF)
        assert done.returncode == 2
        assert [d["verdict"] for d in report["devices"]] == ["unencrypted"]
        assert "broken.json" in done.stderr


def test_the_culprit_can_be_found_in_every_format(tmp_path: Path) -> None:
    """Cannot find the culprit: plan line numbers, missing module path."""
    files = {name: tmp_path / name for name in FORMATS}
    outputs = [f"-o{name}={path}" for name, path in files.items()]
    source = ("--source", str(MODULES))
    ebs_plan("scan", str(MODULES / "plan.json"), *source, *outputs, cwd=ROOT)
    address = 'module.server.module.disk["data"].aws_ebs_volume.this'
    encoded = re.compile(r"&#(\d+);|#(\d+);")
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        text = encoded.sub(lambda found: chr(int(found[1] or found[2])), text)
        text = text.replace('\\"', '"').replace("&quot;", '"')
        assert address in text, name
        if name not in ("mermaid", "dot"):
            assert "modules/disk/main.tf" in text, name


def test_sarif_names_files_of_the_checkout_only(tmp_path: Path) -> None:
    """SARIF rejected, or pointing at the plan file: see also tests/test_report_formats.py."""
    path = tmp_path / "out.sarif"
    plan_ = str(MODULES / "plan.json")
    ebs_plan("scan", plan_, "--source", str(MODULES), f"-osarif={path}", cwd=ROOT)
    uris = re.findall(r'"uri": "([^"]*)"', path.read_text(encoding="utf-8"))
    assert uris
    assert {u for u in uris if not u.startswith("fixtures/terraform/module_kms/")} == set()


def test_alerts_stay_the_same_when_lines_move(folder: Path) -> None:
    """Alerts re-open when lines move."""
    _, before = scan(folder, ".", OFF)
    (folder / "main.tf").write_text(f"# a\n\n# b\n{VOLUME}\n")
    _, after = scan(folder, ".", OFF)
    prints = [[f["fingerprint"] for f in report["findings"]] for report in (before, after)]
    assert prints[0] == prints[1] != []
    assert before["findings"][0]["location"] != after["findings"][0]["location"]


def test_there_is_little_noise(folder: Path) -> None:
    """Noise: few rules, each definite; what is only possible fails nothing by default."""
    assert len(RULES) < 40
    assert all(r.level != "error" for r in RULES if r.certainty == "possible")
    done, report = scan(folder, ".")
    assert [f["certainty"] for f in report["findings"]] == ["possible"]
    assert done.returncode == 0
    (folder / "main.tf").write_text(VOLUME.replace("size", "encrypted = true\n  size"))
    done, report = scan(folder, ".", "--strict")
    assert (done.returncode, report["findings"]) == (0, [])


def test_ignores_have_reasons_ends_and_a_switch(folder: Path) -> None:
    """Ignores: forgotten, unenforceable; see also tests/test_policy_suppression.py."""
    for comment, code in (
        ("ignore[EBS001] rebuilt every night", 0),
        ("ignore[EBS001] rebuilt every night until=2099-01-01", 0),
        ("ignore[EBS001] rebuilt every night until=2020-01-01", 1),
        ("ignore[EBS001]", 1),
        ("ignore", 1),
    ):
        (folder / "main.tf").write_text(f"# ebs-plan: {comment}\n{VOLUME}")
        assert scan(folder, ".", OFF)[0].returncode == code, comment
        assert scan(folder, ".", OFF, "--no-ignores")[0].returncode == 1
    config = '[[ignore]]\nrule = "EBS001"\naddress = "aws_ebs_volume.*"\nreason = "known"\n'
    (folder / "own.toml").write_text(config)
    (folder / "main.tf").write_text(VOLUME)
    assert scan(folder, ".", OFF, "--config=own.toml")[0].returncode == 0
    # The same from another working folder: patterns are over addresses, not over paths.
    above = ebs_plan("scan", folder.name, OFF, f"--config={folder}/own.toml", cwd=folder.parent)
    assert above.returncode == 0


def test_a_baseline_is_about_facts_and_can_be_updated(folder: Path) -> None:
    """Baselines break: cannot be updated, keyed by line, fail for what is fixed."""
    run = (".", OFF, "--baseline", "known.json")
    assert scan(folder, *run, "--update-baseline")[0].returncode == 0
    (folder / "main.tf").write_text(f"\n\n{VOLUME}")
    assert scan(folder, *run)[0].returncode == 0
    (folder / "main.tf").write_text(VOLUME.replace("size", f'kms_key_id = "{"k" * 8}"\n  size'))
    assert scan(folder, *run)[0].returncode == 1  # the resource changed
    (folder / "main.tf").write_text("")
    done, _ = scan(folder, *run)
    assert done.returncode == 0
    assert "fixed since the baseline" in done.stderr


def test_one_run_writes_several_formats(folder: Path) -> None:
    """One format per run."""
    done = ebs_plan("scan", ".", "-otable", "-osarif=x.sarif", "-ojunit=x.xml", cwd=folder)
    assert "aws_ebs_volume.it" in done.stdout
    assert (folder / "x.sarif").exists()
    assert (folder / "x.xml").exists()


_WATCHED = """
import sys
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") else None)
from analyzer.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
assert not seen, seen
"""


@pytest.mark.parametrize(
    "command",
    [
        ["scan", str(EXAMPLE), "-ohtml=x.html", "-osarif=x.sarif", "-q"],
        ["explain", "EBS001"],
        ["scan", "main.tf"],
    ],
)
def test_nothing_is_asked_of_any_network(folder: Path, command: list[str]) -> None:
    """Phones home, needs a download or credentials."""
    subprocess.run(
        [sys.executable, "-c", _WATCHED, *command],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        timeout=120,
    )


_HEAVY = {"boto3", "botocore", "cfnlint", "distributed", "hcl2", "jinja2", "lark", "networkx"}


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["--version"], _HEAVY | {"rich", "yaml", "msgspec", "analyzer.engine"}),
        (["scan", str(EXAMPLE), "-ojson"], _HEAVY | {"rich", "yaml"}),
        (["scan", str(EXAMPLE), "-osarif", "-ohtml=x", "-ojunit=y"], _HEAVY | {"rich", "yaml"}),
        (["scan", str(EXAMPLE)], _HEAVY | {"yaml"}),
    ],
)
def test_a_start_loads_what_it_needs(tmp_path: Path, command: list[str], absent: set[str]) -> None:
    """Slow start."""
    program = (
        "import sys\nfrom analyzer.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    assert set(done.stderr.split()) & absent == set()


def test_conditions_that_multiply_come_to_an_end(tmp_path: Path) -> None:
    """Never finishes: conditions multiply."""
    names = [f"C{i}" for i in range(200)]
    template = {
        "Parameters": {n: {"Type": "String"} for n in names},
        "Conditions": {n: {"Fn::Equals": [{"Ref": n}, "yes"]} for n in names},
        "Resources": {
            n: {
                "Type": "AWS::EC2::Volume",
                "Condition": n,
                "Properties": {
                    "Size": 1,
                    "Encrypted": {"Fn::If": [names[i - 1], True, {"Ref": "AWS::NoValue"}]},
                },
            }
            for i, n in enumerate(names)
        },
    }
    done, report = scan(tmp_path, written(tmp_path, template, "template.json"))
    assert done.returncode == 0
    assert report["summary"]["devices"] == 200


def test_no_secret_of_a_plan_is_printed(tmp_path: Path) -> None:
    """Leaks secrets from plans."""
    canary = "canary-c0ffee"
    secret = plan(
        encrypted=True,
        kms_key_id=canary,
        availability_zone=f"{canary}-zone",
        tags={"password": canary, canary: "x"},
        user_data=canary,
        sensitive={"kms_key_id": True},
    )
    secret["variables"] = {"password": {"value": canary}}
    secret["output_changes"] = {"x": {"actions": ["create"], "after": canary}}
    secret["prior_state"] = {"values": {"outputs": {"x": {"value": canary}}}}
    name = written(tmp_path, secret)
    for form in FORMATS:
        done = ebs_plan("scan", name, "-o", form, cwd=tmp_path)
        assert canary not in done.stdout + done.stderr, form
        if form == "json":
            assert json.loads(done.stdout)["devices"][0]["key"]["ref"] == "(sensitive)"


def test_a_comment_is_found_again_and_fits(tmp_path: Path) -> None:
    """PR comment too long, and one more at each push."""
    for limit in (500, 3_000, 65_000):
        done = ebs_plan("scan", str(HOSTILE), "-omarkdown", "--max-chars", str(limit), cwd=tmp_path)
        assert len(done.stdout) <= limit
        assert done.stdout.startswith("<!-- ebs-plan report -->\n")
        if limit > 500:
            assert re.search(r"and \d+ more", done.stdout)


def test_there_is_a_sum_a_context_and_a_path(folder: Path) -> None:
    """No summary, no colour, no context."""
    shown = ebs_plan("scan", ".", OFF, cwd=folder).stdout
    assert shown.endswith("1 device: 1 certain\n1 unencrypted\n")
    assert '  --> main.tf:1:1  aws_ebs_volume.it\n  |\n1 | resource "aws' in shown
    assert '"aws_ebs_volume" "it" {\n  | ^^^^' in shown
    coloured = ebs_plan("scan", ".", OFF, "--color=always", cwd=folder).stdout
    assert "\x1b[" in coloured
    assert "\x1b[" in ebs_plan("scan", ".", OFF, cwd=folder, FORCE_COLOR="1").stdout
    assert "\x1b[" not in ebs_plan("scan", ".", OFF, cwd=folder, NO_COLOR="1").stdout
    template = {"Resources": {"A": {"Type": "AWS::EC2::Volume", "Properties": {"Size": 1}}}}
    _, report = scan(folder, written(folder, template, "template.json"))
    assert report["devices"][0]["location"]["pointer"] == "/Resources/A"


def test_a_launch_that_its_role_cannot_make_is_found_before_it_fails(tmp_path: Path) -> None:
    """Deploy fails at run time for a KMS reason that nobody warned of."""
    done, report = scan(tmp_path, str(EXAMPLE))
    (finding,) = (f for f in report["findings"] if f["rule"] == "EBS010")
    assert "AWSServiceRoleForAutoScaling" in finding["message"]
    assert "kms:CreateGrant" in finding["message"]
    assert done.returncode == 1


def test_a_change_is_told_as_before_and_after(tmp_path: Path) -> None:
    """What people would love: this change moves volumes from one key to another."""
    default = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    alias = {
        "address": "data.aws_kms_alias.ebs",
        "mode": "data",
        "type": "aws_kms_alias",
        "name": "ebs",
        "values": {"name": "alias/aws/ebs", "target_key_arn": default},
    }
    own = default.replace("1111", "9999")
    state = {"encrypted": True, "kms_key_id": default}
    change = plan(encrypted=True, kms_key_id=own)
    change["resource_changes"][0]["change"].update(actions=["delete", "create"], before=state)
    change["prior_state"] = {"values": {"root_module": {"resources": [alias]}}}
    name = written(tmp_path, change)
    moved = f"1 volume: the AWS managed key (alias/aws/ebs) -> {own}"
    for form, title in (("table", "this change moves"), ("markdown", "**This change moves**")):
        done = ebs_plan("scan", name, "-o", form, cwd=tmp_path)
        text = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), done.stdout)
        assert title in text
        assert moved in re.sub(r"\s+|</?code>", " ", text).replace("  ", " ").replace("key/ ", "")
    state["kms_key_id"] = own
    name = written(tmp_path, change)
    assert "moves" not in ebs_plan("scan", name, cwd=tmp_path).stdout
