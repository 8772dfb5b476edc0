"""A facts file answers the report's own questions, and every mistake in it has a place."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.core.facts import Fact
from analyzer.errors import InputError
from analyzer.knowledge import Assumptions, Sources, open_sources
from analyzer.knowledge.contents import schema
from analyzer.knowledge.file import parse_facts
from analyzer.limits import Limits

FULL = b"""\
version: 1
account: "111122223333"
accounts:
  111122223333:
    regions:
      eu-west-1: {encryption_by_default: on, default_key: alias/data}
      "*": {encryption_by_default: false, default_key: aws_managed}
  aws.other:
    regions:
      eu-west-1:
        encryption_by_default: yes
images:
  ami-mine:
    owner: "111122223333"
    root_device_name: /dev/xvda
    devices:
      /dev/xvda: encrypted
      /dev/sdb: {snapshot: snap-1, key: arn:aws:kms:eu-west-1:111122223333:key/k}
      /dev/sdc: {snapshot: snap-1}
      /dev/sdd: instance-store
  ami-public: {public: true}
  ami-store: {root_device_type: instance-store, owner: amazon}
snapshots:
  snap-1: {encrypted: true, owner: "999900001111", key: arn:aws:kms:eu-west-1:999900001111:key/s}
  snap-2: {public: true}
volumes:
  vol-1: {encrypted: false}
  vol-2: {encrypted: true, key: aws_kms_key.x}
keys:
  arn:aws:kms:eu-west-1:111122223333:key/k: {state: Disabled, manager: customer}
  alias/theirs: {manager: aws}
aliases:
  alias/data: arn:aws:kms:eu-west-1:111122223333:key/k
facts:
  OQ-6: api
  var.encrypted: "true"
  owner: other
"""


@pytest.mark.parametrize(
    ("name", "answer", "line"),
    [
        ("encryption_by_default(111122223333/eu-west-1)", "on", 6),
        ("encryption_by_default(eu-west-1)", "on", 6),
        ("encryption_by_default(111122223333/us-east-1)", "off", 7),
        ("encryption_by_default(this-region)", "off", 7),
        ("encryption_by_default(aws.other/eu-west-1)", "on", 11),
        ("encryption_by_default(222233334444/eu-west-1)", None, None),
        ("default_key(111122223333/eu-west-1)", "customer_managed", 6),
        ("default_key_id(111122223333/eu-west-1)", "alias/data", 6),
        ("default_key(111122223333/us-east-1)", "aws_managed", 7),
        ("default_key_id(111122223333/us-east-1)", None, None),
        ("image(ami-mine:root)", "encrypted", 17),
        ("image(ami-mine:/dev/xvda)", "encrypted", 17),
        ("image(ami-mine:/dev/sdc)", "encrypted", 24),
        ("image(ami-mine:/dev/sdd)", "none", 20),
        ("image(ami-mine:/dev/sde)", "none", 16),
        ("image_devices(ami-mine)", "/dev/xvda /dev/sdb /dev/sdc", 16),
        ("image_key(ami-mine:/dev/sdb)", "arn:aws:kms:eu-west-1:111122223333:key/k", 18),
        ("image_key(ami-mine:/dev/sdc)", "arn:aws:kms:eu-west-1:999900001111:key/s", 24),
        ("owner(ami-mine)", "self", 14),
        ("image(ami-public:root)", "unencrypted", 21),
        ("image(ami-public:/dev/sdb)", "unencrypted", 21),
        ("owner(ami-public)", "other", 21),
        ("other_devices_encrypted(ami-public)", "no", 21),
        ("root_device_type(ami-store)", "instance-store", 22),
        ("owner(ami-store)", "other", 22),
        ("image(ami-store:root)", None, None),
        ("snapshot(snap-1)", "encrypted", 24),
        ("owner(snap-1)", "other", 24),
        ("snapshot_key(snap-1)", "arn:aws:kms:eu-west-1:999900001111:key/s", 24),
        ("snapshot(snap-2)", "unencrypted", 25),
        ("volume(vol-1)", "unencrypted", 27),
        ("volume_key(vol-2)", "aws_kms_key.x", 28),
        ("key_state(k)", "Disabled", 30),
        ("key_manager(alias/theirs)", "AWS", 31),
        (
            "alias(alias/data@111122223333/eu-west-1)",
            "arn:aws:kms:eu-west-1:111122223333:key/k",
            33,
        ),
        ("OQ-6", "api", 35),
        ("owner(anything)", "other", 37),
        ("snapshot(snap-9)", None, None),
    ],
)
def test_facts_are_answered_with_their_line(
    name: str, answer: str | None, line: int | None
) -> None:
    kind, _, scope = name.partition("(")
    told = parse_facts("facts.yaml", FULL).tell(Fact(kind, scope.rstrip(")")))
    assert (told and (told.answer, told.line)) == (answer and (answer, line))


def test_a_value_of_the_input_is_answered_by_its_own_name_only() -> None:
    file = parse_facts("facts.yaml", FULL)
    told = file.tell(Fact("value", "var.encrypted"))
    assert told is not None
    assert (told.answer, told.where) == ("true", "facts.yaml:36")
    assert file.tell(Fact("value", "var.other")) is None


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "words", "hint"),
    [
        ("imagez: {}", "facts-unknown", 1, 1, "there is no imagez", "did you mean images?"),
        (
            "images:\n  ami-1:\n    ownr: self",
            "facts-unknown",
            3,
            5,
            "there is no ownr in images > ami-1",
            "did you mean owner?",
        ),
        ("zzz: 1", "facts-unknown", 1, 1, "there is no zzz", "choose from version, account"),
        ("images:\n  a: {public: maybe}", "facts-value", 2, 15, "must be true or false", ""),
        ("images: {a: 'x'}", "facts-value", 1, 13, "images > a must be a mapping", ""),
        ("version: 2", "facts-value", 1, 10, "version must be 1", ""),
        ("facts: {OQ-6: apo}", "facts-value", 1, 9, "not apo. Did you mean api?", ""),
        ("facts: {owner: them}", "facts-value", 1, 9, "one of self, other", ""),
        (
            "images: {a: {public: yes, devices: {/dev/xvda: encrypted}}}",
            "facts-value",
            1,
            37,
            "a public image holds no encrypted snapshot",
            "",
        ),
        ("images: {a: {owner: slef}}", "facts-value", 1, 14, "number or one of self", "did you m"),
        ("snapshots: {s: {owner: '12'}}", "facts-value", 1, 17, "owner must be an account's", ""),
        ("account: 12", "facts-value", 1, 1, "a number of 12 digits", "quote it"),
        ("aliases: {data: k}", "facts-value", 1, 11, "no alias's name", "did you mean alias/data?"),
        (
            "keys: {k: {state: Disabeld}}",
            "facts-value",
            1,
            19,
            "must be Creating",
            "did you mean D",
        ),
        ("keys: {k: {usage: SIGN}}", "facts-value", 1, 19, "must be ENCRYPT_DECRYPT", ""),
        ("keys: {k: {policy: '{'}}", "facts-value", 1, 12, "no policy in JSON", ""),
        (
            "facts: {encryption_by_defualt: on}",
            "facts-value",
            1,
            9,
            "Did you mean encryption_by",
            "",
        ),
        ("facts: {'snapsot(s)': none}", "facts-value", 1, 9, "Did you mean snapshot?", ""),
        ("facts: {OQ-99: 'no'}", "facts-value", 1, 9, "there is no open question OQ-99", ""),
        ("- a", "facts-value", 1, 1, "the file must be a mapping", ""),
        ("a: [", "facts-yaml", 2, 1, "not valid YAML", ""),
        ("a: 1\n--- \nb: 2", "facts-yaml", 2, 1, "a second document", ""),
        ("a: &x {}\nb: *x", "facts-yaml", 1, 4, "anchors", ""),
        ("account: '1'\naccount: '2'", "facts-yaml", 2, 1, "account is written twice", ""),
        ("? [a]\n: b", "facts-yaml", 1, 3, "a name must be text", ""),
    ],
)
def test_every_mistake_has_a_place_and_a_way_out(
    text: str, code: str, line: int, column: int, words: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_facts("facts.yaml", text.encode())
    problem = caught.value.problem
    assert (problem.code, problem.line, problem.column) == (code, line, column)
    assert words in problem.message
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "data", [b"", b"# nothing\n", b"---\n", b"{}", b"images:\n", b"facts:\n  # all comments"]
)
def test_an_empty_file_knows_nothing(data: bytes) -> None:
    assert parse_facts("facts.yaml", data).tell(Fact("owner", "x")) is None


@pytest.mark.parametrize("name", ["snapshots", "DefaultKey", "var.default_key", "lower(var.a)"])
def test_the_name_of_a_value_is_no_misspelled_fact(name: str) -> None:
    assert parse_facts("facts.yaml", f"facts: {{{name}: x}}".encode()).facts.facts == {name: "x"}


def test_the_schema_takes_an_account_as_editors_read_it() -> None:
    text = "account: 111122223333\nimages: {a: {owner: 111122223333}}"
    jsonschema.validate(yaml.safe_load(text), json.loads(schema()))
    assert parse_facts("facts.yaml", text.encode()).facts.account == "111122223333"


def test_depth_is_bounded() -> None:
    data = b"[" * 200
    with pytest.raises(InputError) as caught:
        parse_facts("facts.yaml", data)
    assert caught.value.problem.code == "limit-depth"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_a_facts_file_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        assert parse_facts("facts.yaml", data).path == "facts.yaml"


def test_the_schema_takes_what_is_read_and_refuses_what_is_not() -> None:
    found = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(found)
    text = FULL.decode().replace("  111122223333:", '  "111122223333":')
    jsonschema.validate(yaml.safe_load(text), found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"images": {"ami-1": {"ownr": "self"}}}, found)


# -- who is trusted ----------------------------------------------------------------------


def test_the_command_line_is_trusted_more_than_the_file_and_both_places_are_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("images:\n  ami-1: {owner: self}\n", encoding="utf-8")
    sources = open_sources(["owner(ami-1)=other"], path)
    fact = Fact("owner", "ami-1", ("self", "other"))
    assert sources.answer(fact) == "other"
    assert sources.report() == [
        f"owner(ami-1): other (command line) contradicts self ({path}:2); the former counts"
    ]


def test_the_same_answer_twice_is_no_contradiction(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("facts: {owner: other}", encoding="utf-8")
    sources = open_sources(["owner(ami-1)=other"], path)
    assert sources.answer(Fact("owner", "ami-1", ("self", "other"))) == "other"
    assert sources.report() == []


def test_an_answer_that_a_fact_cannot_have_is_dropped_and_told() -> None:
    sources = open_sources(["var.encrypted=maybe"])
    fact = Fact("value", "var.encrypted", ("true", "false", "absent"))
    assert sources.answer(fact) is None
    assert "cannot be maybe (command line): one of true, false, absent" in sources.report()[0]


def test_a_key_may_be_answered_by_its_name() -> None:
    sources = open_sources(["var.key=arn:aws:kms:eu-west-1:111122223333:key/k"])
    told = sources.told(Fact("value", "var.key", ("given", "absent")))
    assert told is not None
    assert told.answer.endswith("key/k")


@pytest.mark.parametrize("asked", ["image(ami-1:root)", "image(ami-1:/dev/xvda)"])
@pytest.mark.parametrize("told", ["image(ami-1:root)", "image(ami-1:/dev/xvda)"])
def test_the_root_device_goes_by_both_its_names(asked: str, told: str) -> None:
    sources = Sources([Assumptions({"root_device_name(ami-1)": "/dev/xvda", told: "encrypted"})])
    scope = asked.partition("(")[2].rstrip(")")
    assert sources.answer(Fact("image", scope, ("unencrypted", "encrypted"))) == "encrypted"


def test_limits_hold_for_facts_files(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("facts: {owner: other}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        open_sources((), path, limits=Limits(settings_size=3))
    assert caught.value.problem.code == "limit-settings-size"


# -- found beside the configuration ------------------------------------------------------


def _scan(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[str, str]:
    from analyzer.cli import main

    with pytest.raises(SystemExit):
        main(["scan", *args, "-o", "json"])
    out, err = capsys.readouterr()
    return json.loads(out)["devices"][0]["verdict"], err


def test_a_facts_file_is_found_beside_a_trusted_configuration_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, settings_ = tmp_path / "code", tmp_path / "settings"
    for folder in (code, settings_):
        folder.mkdir()
        (folder / "ebs-plan.toml").write_text('fail-on = ["unencrypted"]\n', encoding="utf-8")
        (folder / "facts.yaml").write_text("facts: {encryption_by_default: on}\n", encoding="utf-8")
    (code / "main.tf").write_text(
        'provider "aws" { region = "eu-west-1" }\n'
        'resource "aws_ebs_volume" "a" {\n  availability_zone = "eu-west-1a"\n  size = 1\n}\n',
        encoding="utf-8",
    )
    config = str(settings_ / "ebs-plan.toml")
    assert _scan(capsys, str(code), "--config", config)[0] == "encrypted"
    # A stranger's facts, in the very folder that is scanned, must not hide anything.
    verdict, err = _scan(capsys, str(code))
    assert verdict == "depends"
    if err:
        assert "facts.yaml left out" in err
    other = tmp_path / "other.yaml"
    other.write_text("facts: {encryption_by_default: off}\n", encoding="utf-8")
    assert _scan(capsys, str(code), "--config", config, "--facts", str(other))[0] == "unencrypted"


def test_the_example_settles_its_plan_and_every_entry_is_asked_for() -> None:
    from analyzer.knowledge.checking import contradictions, unused
    from analyzer.knowledge.file import read_facts

    plan, path = "fixtures/example/plan.json", "fixtures/facts/example.yaml"
    facts = read_facts(path)
    assert contradictions(facts) == []
    known = Sources((facts,))
    report = analyze([plan], facts=known)
    assert report.summary.depends == 0
    assert analyze([plan]).summary.depends > 0
    assert known.report() == []
    assert unused(facts, known) == []
    assert jsonschema_valid(path)


def jsonschema_valid(path: str) -> bool:
    import yaml

    jsonschema.validate(
        yaml.safe_load(Path(path).read_text(encoding="utf-8")), json.loads(schema())
    )
    return True


_TWO_STATES = """\
images: {a: {devices: {/dev/b: {snapshot: s, state: encrypted}}}}
snapshots: {s: {encrypted: false}}
"""
_TWO_REGIONS = """\
accounts: {'1': {regions: {us-east-1: {default_key: 'arn:aws:kms:eu-west-1:1:key/k'}}}}
"""


_PUBLIC = """
images: {a: {public: on, devices: {b: {snapshot: s}}}}
snapshots: {s: {encrypted: on}}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            _TWO_STATES,
            "/dev/b of a is encrypted in facts.yaml:1, its snapshot s is not in facts.yaml:2",
        ),
        (
            "snapshots: {s: {encrypted: true}}\nfacts: {snapshot(s): unencrypted}",
            "snapshot(s) is unencrypted in facts.yaml:2, encrypted in facts.yaml:1",
        ),
        (
            "snapshots: {s: {encrypted: false, key: k}}",
            "s has a key in facts.yaml:1, and is not encrypted",
        ),
        ("volumes: {v: {encrypted: no, key: k}}", "v has a key in facts.yaml:1"),
        ("snapshots: {s: {encrypted: true, public: true}}", "s is public in facts.yaml:1"),
        (
            "images: {a: {devices: {/dev/b: {state: none, key: k}}}}",
            "/dev/b of a has a key in facts.yaml:1, and is not encrypted",
        ),
        (
            _PUBLIC,
            "a is public, and the snapshot of b in facts.yaml:2 is encrypted",
        ),
        (
            "keys: {'arn:aws:kms:eu-west-1:1:key/k': {region: us-east-1}}",
            "is a key of eu-west-1, facts.yaml:1 says us-east-1",
        ),
        (
            _TWO_REGIONS,
            "the default key of us-east-1 cannot be a key of eu-west-1",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_told_with_both_lines(text: str, words: str) -> None:
    from analyzer.knowledge.checking import contradictions

    (found,) = contradictions(parse_facts("facts.yaml", text.encode()))
    assert words in found


def test_the_command_checks_a_file_against_the_inputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from analyzer.cli import main

    def check(*args: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as done:
            main(["facts", "check", *args])
        return int(done.value.code or 0), capsys.readouterr().out

    plan, path = "fixtures/example/plan.json", "fixtures/facts/example.yaml"
    assert check(path, plan) == (0, f"{path}: nothing in it contradicts anything\n")
    code, out = check(path, "fixtures/terraform/spot_fleet/plan.json")
    assert code == 0
    assert f"{path}:11: no decision asks for snap-0123456789abcdef0" in out
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "account: 111122223333\naccounts:\n  111122223333:\n    regions:\n"
        "      us-west-1: {encryption_by_default: on}\n"
        "      eu-west-1: {encryption_by_default: off}\n"
        "keys: {k: {state: Enabled}}\naliases: {alias/x: k}\nroles: {nobody: r}\n",
        encoding="utf-8",
    )
    _, out = check(str(facts), plan)
    named = [line.rpartition(" ")[2] for line in out.splitlines() if "no decision" in line]
    assert sorted(named) == ["alias/x", "k", "nobody", "us-west-1"]


def test_what_the_input_tells_is_held_against_the_facts(tmp_path: Path) -> None:
    """The plan has looked up the image and the settings; a facts file says otherwise."""
    path = tmp_path / "facts.yaml"
    path.write_text(
        "facts:\n  owner(ami-0aaaaaaaaaaaaaaaa): other\n  encryption_by_default: on\n",
        encoding="utf-8",
    )
    notes = analyze(["fixtures/example/plan.json"], facts=path).notes
    owner = next(note for note in notes if note.startswith("owner(ami-0aaaaaaaaaaaaaaaa)"))
    assert f"other ({path}:2) contradicts self (fixtures/example/plan.json" in owner
    by_default = next(note for note in notes if note.startswith("encryption_by_default("))
    assert f"on ({path}:3) contradicts off (fixtures/example/plan.json" in by_default


def test_questions_are_asked_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from analyzer.cli import main

    plan = "fixtures/terraform/mixed_instances/plan.json"

    def ask(*args: str) -> str:
        with pytest.raises(SystemExit) as done:
            main(["facts", "ask", plan, *args])
        assert done.value.code == 0
        return capsys.readouterr().out

    out = ask()
    assert out.startswith("answer 6 questions, settle 11 of 11 open devices\n\n1. Is EBS encr")
    assert json.loads(ask("--json"))["steps"] == 6
    mapped = "image_maps(ami-0a1b2c3d4e5f60718:/dev/xvda)=yes"
    settled = ask("--assume", "encryption_by_default=on", "--assume", mapped)
    assert settled.startswith("nothing to ask")
    # The skeleton is a facts file: what it asks is answered by taking comments away.
    skeleton = ask("--yaml")
    assert parse_facts("facts.yaml", skeleton.encode()).facts.facts == {}
    facts = tmp_path / "facts.yaml"
    for question, answer in (
        ('"encryption_by_default(us-east-1)": off | on', '"encryption_by_default(us-east-1)": on'),
        (f'"{mapped[:-4]}": no | yes', f'"{mapped[:-4]}": yes'),
    ):
        skeleton = skeleton.replace(f"# {question}", answer)
    facts.write_text(skeleton, encoding="utf-8")
    assert ask("--facts", str(facts)).startswith("nothing to ask: all 11 devices are certain")
