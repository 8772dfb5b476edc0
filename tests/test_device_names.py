"""Device names that are not known, or not to be seen, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import analyze
from tests.running import ebs_plan

CANARY = "canary-3b7e"

SOURCE = """
variable "a" {}
variable "b" {}
variable "hidden" {
  default   = "%s"
  sensitive = true
}
resource "aws_instance" "web" {
  ami = "ami-1"
  root_block_device {
    encrypted = true
  }
  ebs_block_device {
    device_name = %s
    volume_size = 1
    encrypted   = false
  }
  ebs_block_device {
    device_name = %s
    volume_size = 1
    encrypted   = true
  }
}
"""
TEMPLATE = """
Parameters:
  A: {Type: String}
  B: {Type: String}
  Hidden: {Type: String, NoEcho: true, Default: %s}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      BlockDeviceMappings:
        - {DeviceName: %s, Ebs: {VolumeSize: 1, Encrypted: false}}
        - {DeviceName: %s, Ebs: {VolumeSize: 1, Encrypted: true}}
"""
LANGUAGES = {"main.tf": SOURCE, "web.yaml": TEMPLATE}
#: Names in each language, and what becomes of the two devices that have them. What is plain
#: depends: the image may map an encrypted snapshot there.
NAMES = {
    "unknown both": (("var.a", "var.b"), ("!Ref A", "!Ref B"), ["depends", "encrypted"]),
    "one unknown twice": (("var.a", "var.a"), ("!Ref A", "!Ref A"), ["rejected"]),
    "one unknown": (("var.a", '"/dev/sdf"'), ("!Ref A", "/dev/sdf"), ["depends", "encrypted"]),
    "one hidden": (
        ("var.hidden", '"/dev/sdf"'),
        ("!Ref Hidden", "/dev/sdf"),
        ["depends", "encrypted"],
    ),
    "one hidden twice": (("var.hidden",) * 2, ("!Ref Hidden",) * 2, ["rejected"]),
    "hidden and the same": (
        ("var.hidden", f'"{CANARY}"'),
        ("!Ref Hidden", CANARY),
        ["rejected"],
    ),
}


@pytest.mark.parametrize("file", LANGUAGES)
@pytest.mark.parametrize("case", NAMES)
def test_two_devices_are_one_only_where_their_names_are(
    case: str, file: str, tmp_path: Path
) -> None:
    in_source, in_template, expected = NAMES[case]
    names = in_source if file == "main.tf" else in_template
    (tmp_path / file).write_text(LANGUAGES[file] % (CANARY, *names))
    report = analyze([str(tmp_path)], assume=["encryption_by_default=off"])
    assert sorted(d.verdict for d in report.devices if not d.root) == expected


@pytest.mark.parametrize("file", LANGUAGES)
def test_a_hidden_device_name_is_never_printed(file: str, tmp_path: Path) -> None:
    names = ("var.hidden", "var.b") if file == "main.tf" else ("!Ref Hidden", "!Ref B")
    (tmp_path / file).write_text(LANGUAGES[file] % (CANARY, *names))
    for output in ("table", "json", "markdown", "html", "dot"):
        done = ebs_plan("scan", ".", "-v", "-o", output, cwd=tmp_path)
        assert "sensitive device 1" in done.stdout
        assert CANARY not in done.stdout + done.stderr


def test_a_condition_between_two_names_is_a_device_for_each(tmp_path: Path) -> None:
    names = ('var.a == "x" ? "/dev/sdf" : "/dev/sdg"', '"/dev/sdh"')
    (tmp_path / "main.tf").write_text(SOURCE % (CANARY, *names))
    report = analyze([str(tmp_path)], assume=["encryption_by_default=off"])
    assert {d.device: d.verdict for d in report.devices if not d.root} == {
        "/dev/sdf": "depends",
        "/dev/sdg": "depends",
        "/dev/sdh": "encrypted",
    }


#: One mapping that asks for encryption, in each language, and the name that it has.
ONE_SOURCE = """
variable "name" {}
data "aws_ami" "ours" {
  owners = ["self"]
}
data "aws_ami" "found" {
  filter {
    name   = "image-id"
    values = ["ami-1"]
  }
}
resource "aws_instance" "web" {
  ami = "ami-1"
  ebs_block_device {
    device_name = %s
    encrypted   = true
  }
}
"""
ONE_TEMPLATE = """
Parameters:
  Name: {Type: String}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      BlockDeviceMappings:
        - {DeviceName: %s, Ebs: {Encrypted: true}}
"""
PLAIN = ["encryption_by_default=off", "image(ami-1:root)=unencrypted"]


@pytest.mark.parametrize("root", ["", "/dev/xvda", "/dev/nvme0n1"])
@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("main.tf", ONE_SOURCE, "var.name"),
        ("main.tf", ONE_SOURCE, "data.aws_ami.ours.root_device_name"),
        ("web.yaml", ONE_TEMPLATE, "!Ref Name"),
    ],
)
def test_a_name_that_is_not_known_may_be_the_root_s(
    file: str, text: str, name: str, root: str, tmp_path: Path
) -> None:
    (tmp_path / file).write_text(text % name)
    known = [*PLAIN, *([f"root_device_name(ami-1)={root}"] if root else [])]
    first = analyze([str(tmp_path)], assume=known)
    device = next(device for device in first.devices if device.root)
    (question,) = device.questions
    assert [o.outcome for o in device.outcomes] == ["unencrypted", "encrypted"]
    for answer, verdict in (("no", "unencrypted"), ("yes", "encrypted")):
        told = analyze([str(tmp_path)], assume=[*known, f"{question.fact}={answer}"])
        assert [d.verdict for d in told.devices if d.root] == [verdict]


def test_a_mapping_without_a_size_is_the_root_s_or_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ONE_SOURCE % "var.name")
    name = "device named by var.name"
    known = [*PLAIN, f"image_maps(ami-1:{name})=no", f"image(ami-1:{name})=none"]
    for answer, expected in (
        ("no", [("root", "unencrypted"), (name, "rejected")]),
        ("yes", [("root", "encrypted")]),
    ):
        report = analyze(
            [str(tmp_path)], assume=[*known, f"is_device({name}:root of ami-1)={answer}"]
        )
        assert [(d.device, d.verdict) for d in report.devices] == expected


def test_a_name_that_is_not_known_is_not_the_root_s_where_the_root_is_stated(
    tmp_path: Path,
) -> None:
    names = ("var.a", "var.b")
    (tmp_path / "main.tf").write_text(SOURCE % (CANARY, *names))
    report = analyze([str(tmp_path)], assume=PLAIN)
    assert [d.verdict for d in report.devices if d.root] == ["encrypted"]


def test_a_mapping_named_after_the_root_of_the_very_image_is_the_root_s(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ONE_SOURCE % "data.aws_ami.found.root_device_name")
    report = analyze([str(tmp_path)], assume=PLAIN)
    assert [(d.device, d.verdict) for d in report.devices] == [("root", "encrypted")]


def test_an_image_s_root_device_may_have_a_name_that_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        variable "root" {}
        resource "aws_ami" "ours" {
          root_device_name = "/dev/xvda"
          ebs_block_device {
            device_name = var.root
            snapshot_id = "snap-1"
          }
          ebs_block_device {
            device_name = "/dev/sdf"
            volume_size = 1
          }
        }
        resource "aws_instance" "web" {
          ami = aws_ami.ours.id
        }
        """
    )
    report = analyze([str(tmp_path)], assume=["encryption_by_default=off", "snapshot=encrypted"])
    (root,) = (device for device in report.devices if device.root)
    assert {outcome.outcome for outcome in root.outcomes} == {"encrypted"}
    assert [device.device for device in report.devices if not device.root] == ["/dev/sdf"]


def test_a_template_s_device_may_be_the_one_that_a_launch_names_by_a_variable(
    tmp_path: Path,
) -> None:
    (tmp_path / "main.tf").write_text(
        """
        variable "disk" {}
        resource "aws_launch_template" "t" {
          image_id = "ami-1"
          block_device_mappings {
            device_name = "/dev/sdf"
            ebs {
              volume_size = 1
              snapshot_id = "snap-1"
            }
          }
        }
        resource "aws_instance" "web" {
          launch_template {
            id = aws_launch_template.t.id
          }
          ebs_block_device {
            device_name = var.disk
            encrypted   = true
          }
        }
        """
    )
    known = [*PLAIN, "snapshot=unencrypted", "OQ-12=merge"]
    report = analyze([str(tmp_path)], assume=known)
    (disk,) = (device for device in report.devices if device.device == "/dev/sdf")
    assert [q.fact for q in disk.questions] == ["is_device(device named by var.disk:/dev/sdf)"]
    assert [outcome.outcome for outcome in disk.outcomes] == ["unencrypted", "encrypted"]
