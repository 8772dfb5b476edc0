"""Look-ups in AWS: shapes by botocore's stubs, whole runs against moto's server on loopback."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from analyzer import analyze
from analyzer.core.facts import Fact
from analyzer.knowledge import Sources
from analyzer.knowledge.aws import Lookups
from analyzer.knowledge.aws_calls import CALLS, policy_document
from analyzer.knowledge.file import parse_facts
from analyzer.knowledge.sources import Told
from analyzer.wire import Report

boto3 = pytest.importorskip("boto3", reason="the extra [aws] is not installed")
from botocore.stub import Stubber  # noqa: E402 - it comes with boto3

ACCOUNT, OTHER = "111122223333", "444455556666"
HERE, THERE = "eu-west-1", "us-east-1"
KEY = f"arn:aws:kms:{HERE}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
AMI, SNAPSHOT = "ami-0123456789abcdef0", "snap-0123456789abcdef0"


# -- shapes: every call by botocore's stubs ----------------------------------------------


class Session:
    """A session whose clients answer only what was laid out for them, in this order."""

    region_name = HERE

    def __init__(self) -> None:
        self.stubs: dict[tuple[str, str], Stubber] = {}
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, *, region_name: str, config: Any = None) -> Any:
        key = (service, region_name)
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service,
                region_name=region_name,
                aws_access_key_id="none",
                aws_secret_access_key="none",  # noqa: S106 - nobody's
                config=config,
            )
            self.stubs[key] = Stubber(self._clients[key])
            self.stubs[key].activate()
        return self._clients[key]

    def expect(
        self, service: str, method: str, answer: Any, region: str = HERE, **sent: Any
    ) -> None:
        self.client(service, region_name=region)
        self.stubs[service, region].add_response(method, answer, sent)

    def refuse(self, service: str, method: str, code: str, region: str = HERE) -> None:
        self.client(service, region_name=region)
        self.stubs[service, region].add_client_error(method, code)

    def done(self) -> None:
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def session() -> Iterator[Session]:
    found = Session()
    yield found
    found.done()


def ask(lookups: Lookups, name: str) -> str | None:
    kind, _, scope = name.partition("(")
    told = lookups.tell(Fact(kind, scope.removesuffix(")")))
    return told.answer if told is not None else None


def image(**more: Any) -> dict[str, Any]:
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT, "Encrypted": True}}
    empty = {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 8}}
    store = {"DeviceName": "/dev/sdc", "VirtualName": "ephemeral0"}
    return {
        "ImageId": AMI,
        "OwnerId": OTHER,
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "BlockDeviceMappings": [mapping, empty, store],
        **more,
    }


def test_settings_of_an_account_are_two_calls(session: Session) -> None:
    session.expect("sts", "get_caller_identity", {"Account": ACCOUNT})
    session.expect("ec2", "get_ebs_encryption_by_default", {"EbsEncryptionByDefault": True})
    session.expect("ec2", "get_ebs_default_kms_key_id", {"KmsKeyId": KEY})
    session.expect("kms", "describe_key", {"KeyMetadata": _metadata()}, KeyId=KEY)
    lookups = Lookups(session=session)
    place = f"{ACCOUNT}/{HERE}"
    for _ in range(2):  # the second time nothing is called
        assert ask(lookups, f"encryption_by_default({place})") == "on"
        assert ask(lookups, f"default_key({place})") == "customer_managed"
        assert ask(lookups, f"default_key_id({place})") == KEY
    assert len(lookups.calls) == 4


def _metadata(**more: Any) -> dict[str, Any]:
    return {
        "KeyId": KEY.rpartition("/")[2],
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        **more,
    }


def test_the_aws_managed_key_is_told_by_its_alias(session: Session) -> None:
    session.expect("ec2", "get_ebs_default_kms_key_id", {"KmsKeyId": "alias/aws/ebs"})
    lookups = Lookups(session=session)
    assert ask(lookups, f"default_key({HERE})") == "aws_managed"
    assert ask(lookups, f"default_key_id({HERE})") is None


def test_everything_about_an_image_is_one_call(session: Session) -> None:
    session.expect("sts", "get_caller_identity", {"Account": ACCOUNT})
    session.expect("ec2", "describe_images", {"Images": [image()]}, ImageIds=[AMI])
    snapshot = {"SnapshotId": SNAPSHOT, "Encrypted": True, "KmsKeyId": KEY, "OwnerId": OTHER}
    session.expect("ec2", "describe_snapshots", {"Snapshots": [snapshot]}, SnapshotIds=[SNAPSHOT])
    lookups = Lookups(session=session)
    assert ask(lookups, f"root_device_name({AMI})") == "/dev/xvda"
    assert ask(lookups, f"root_device_type({AMI})") == "ebs"
    assert ask(lookups, f"image_devices({AMI})") == "/dev/xvda /dev/sdb"
    assert ask(lookups, f"image({AMI}:root)") == "encrypted"
    assert ask(lookups, f"image({AMI}:/dev/xvda)") == "encrypted"
    assert ask(lookups, f"image({AMI}:/dev/sdb)") == "none"
    assert ask(lookups, f"image({AMI}:/dev/sdz)") == "none"
    assert ask(lookups, f"owner({AMI})") == "other"
    assert ask(lookups, f"other_devices_encrypted({AMI})") == "yes"
    assert ask(lookups, f"image_key({AMI}:root)") == KEY
    assert ask(lookups, f"snapshot({SNAPSHOT})") == "encrypted"
    assert ask(lookups, f"snapshot_key({SNAPSHOT})") == KEY


def test_an_image_is_looked_for_in_the_regions_of_the_input(session: Session) -> None:
    session.refuse("ec2", "describe_images", "InvalidAMIID.NotFound")
    session.expect("ec2", "describe_images", {"Images": [image()]}, THERE, ImageIds=[AMI])
    lookups = Lookups(session=session)
    lookups.look_in([None, THERE])
    told = lookups.tell(Fact("image", f"{AMI}:root"))
    assert told == Told(answer="encrypted", source=f"AWS, ec2:DescribeImages in {THERE}")
    assert lookups.report()[1:] == []


def test_keys_are_looked_up_with_their_aliases_and_policies(session: Session) -> None:
    alias = {
        "AliasName": "alias/data",
        "AliasArn": f"arn:aws:kms:{HERE}:{ACCOUNT}:alias/data",
        "TargetKeyId": KEY.rpartition("/")[2],
    }
    session.expect("kms", "list_aliases", {"Aliases": [], "Truncated": True, "NextMarker": "more"})
    session.expect("kms", "list_aliases", {"Aliases": [alias], "Truncated": False}, Marker="more")
    session.expect(
        "kms", "describe_key", {"KeyMetadata": _metadata(KeyState="Disabled")}, KeyId=KEY
    )
    session.expect(
        "kms",
        "get_key_policy",
        {"Policy": "{}"},
        KeyId=KEY.rpartition("/")[2],
        PolicyName="default",
    )
    lookups = Lookups(session=session)
    assert ask(lookups, f"alias(alias/data@{HERE})") == KEY
    assert ask(lookups, f"key_state({KEY})") == "Disabled"
    assert ask(lookups, f"key_manager({KEY})") == "CUSTOMER"
    assert ask(lookups, f"key_usage({KEY})") == "ENCRYPT_DECRYPT"
    assert ask(lookups, f"key_spec({KEY})") == "SYMMETRIC_DEFAULT"
    assert ask(lookups, f"key_policy({KEY})") == "{}"


@pytest.mark.parametrize(
    "name",
    [
        "image(data.aws_ami.x:root)",
        "image(ssm(/aws/service/x):root)",
        "owner(aws_ami_copy.x)",
        "snapshot(aws_ebs_snapshot.x)",
        "volume(aws_ebs_volume.x)",
        "key_state(aws_kms_key.x)",
        "key_policy(aws_kms_key.x)",
        "OQ-6",
        "value(var.x)",
        "applied_first(aws_ebs_encryption_by_default.x)",
    ],
)
def test_what_aws_cannot_know_is_not_asked(session: Session, name: str) -> None:
    lookups = Lookups(session=session)
    assert ask(lookups, name) is None
    assert lookups.calls == []
    assert lookups.report() == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UnauthorizedOperation", f"no permission for ec2:DescribeImages in {HERE}"),
        ("AccessDenied", f"no permission for ec2:DescribeImages in {HERE}"),
        ("InvalidAMIID.NotFound", f"there is no such thing in {HERE}"),
        ("InternalError", f"ec2:DescribeImages in {HERE} failed (InternalError)"),
        ("ExpiredToken", "failed (ExpiredToken)"),
    ],
)
def test_a_refusal_is_a_note_on_the_fact(session: Session, code: str, words: str) -> None:
    session.refuse("ec2", "describe_images", code)
    lookups = Lookups(session=session)
    assert ask(lookups, f"image({AMI}:root)") is None
    (note,) = [line for line in lookups.report() if line.startswith("not looked up")]
    assert f"image({AMI}:root)" in note
    assert words in note


def test_volumes_are_not_looked_up_and_that_is_told(session: Session) -> None:
    lookups = Lookups(session=session)
    assert ask(lookups, "volume(vol-0123456789abcdef0)") is None
    assert lookups.calls == []
    (note,) = lookups.report()
    assert "volume(vol-0123456789abcdef0): volumes are not looked up, tell them in a" in note


def test_after_an_expired_token_nothing_more_is_asked(session: Session) -> None:
    session.refuse("ec2", "describe_images", "ExpiredToken")
    lookups = Lookups(session=session)
    assert ask(lookups, f"image({AMI}:root)") is None
    assert ask(lookups, f"snapshot({SNAPSHOT})") is None
    assert len(lookups.calls) == 1


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (f"{OTHER}/{HERE}", f"the credentials are those of account {ACCOUNT}"),
        (f"aws.other/{HERE}", "its credentials are not those of --aws"),
        ("region unknown", "its Region is not known"),
    ],
)
def test_places_that_the_credentials_are_not_good_for(
    session: Session, label: str, words: str
) -> None:
    if label.startswith(OTHER):
        session.expect("sts", "get_caller_identity", {"Account": ACCOUNT})
    lookups = Lookups(session=session)
    assert ask(lookups, f"encryption_by_default({label})") is None
    assert words in lookups.report()[-1]


def test_many_facts_make_one_note(session: Session) -> None:
    lookups = Lookups(session=session)
    for number in range(9):
        ask(lookups, f"encryption_by_default(aws.{number}/{HERE})")
    (note,) = lookups.report()
    assert "and 4 more" in note


def test_without_credentials_a_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
    ):
        monkeypatch.setenv(name, value)
    lookups = Lookups(region=HERE)
    report = analyze(["fixtures/terraform/mixed_instances/plan.json"], aws=lookups)
    without = analyze(["fixtures/terraform/mixed_instances/plan.json"])
    assert report.devices == without.devices
    assert lookups.calls == []
    assert any("no usable credentials" in note for note in report.notes)


def test_a_source_that_is_trusted_more_is_never_looked_up(session: Session) -> None:
    file = parse_facts("facts.yaml", f"images: {{{AMI}: {{owner: self}}}}".encode())
    lookups = Lookups(session=session)
    assert Sources((file,), lookups).answer(Fact("owner", AMI, ("self", "other"))) == "self"
    assert lookups.calls == []


def test_the_policy_document_names_every_call_and_nothing_that_writes() -> None:
    (statement,) = json.loads(policy_document())["Statement"]
    assert set(statement["Action"]) == set(CALLS.values())
    for operation, permission in CALLS.items():
        assert permission.endswith(f":{operation}")
        assert operation.startswith(("Get", "Describe", "List"))


# -- end to end: moto's server -----------------------------------------------------------


@dataclass
class Server:
    """An AWS on loopback: where it is, and the calls that reached it."""

    url: str
    calls: list[str] = field(default_factory=list)
    default_key: str = "alias/aws/ebs"
    #: Answers "too many requests" to that many calls first.
    busy: int = 0

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=HERE)


def _recording(app: Any, server: Server) -> Callable[..., Any]:
    """The application with its calls written down, and the one call that moto does not know."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        action = target.rpartition(".")[2] or parse_qs(body.decode()).get("Action", ["?"])[0]
        server.calls.append(action)
        if server.busy:
            server.busy -= 1
            start_response("503 Service Unavailable", [("Content-Type", "text/xml")])
            error = "<Error><Code>RequestLimitExceeded</Code><Message>slow</Message></Error>"
            return [f"<Response><Errors>{error}</Errors></Response>".encode()]
        if action == "GetEbsDefaultKmsKeyId":
            start_response("200 OK", [("Content-Type", "text/xml")])
            name = "GetEbsDefaultKmsKeyIdResponse"
            return [f"<{name}><kmsKeyId>{server.default_key}</kmsKeyId></{name}>".encode()]
        return app(environ, start_response)

    return answer


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    werkzeug = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_args: Any, **_kwargs: Any) -> None:
            """Nothing: the calls are recorded."""

    server = Server("")
    app = werkzeug.DomainDispatcherApplication(werkzeug.create_backend_app)
    http = make_server(
        "127.0.0.1", 0, _recording(app, server), threaded=True, request_handler=Quiet
    )
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    for name, value in (
        ("AWS_ENDPOINT_URL", running.url),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", HERE),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ("NO_PROXY", "127.0.0.1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    running.default_key = "alias/aws/ebs"
    running.busy = 0
    running.client("ec2").disable_ebs_encryption_by_default()
    running.calls.clear()
    return running


def _snapshot(server: Server, **encryption: Any) -> str:
    ec2 = server.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{HERE}a", Size=1, **encryption)
    return str(ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"])


def _configuration(folder: Path, body: str) -> str:
    (folder / "main.tf").write_text(f'provider "aws" {{ region = "{HERE}" }}\n{body}')
    return str(folder)


def _volume(name: str, arguments: str) -> str:
    return (
        f'resource "aws_ebs_volume" "{name}" {{\n  availability_zone = "{HERE}a"\n'
        f"  size = 1\n  {arguments}\n}}\n"
    )


def _verdicts(report: Report) -> dict[str, str]:
    return {device.address.partition(".")[2]: device.verdict for device in report.devices}


def test_a_run_with_aws_settles_what_it_depends_on_and_only_reads(
    server: Server, tmp_path: Path
) -> None:
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    plain = _snapshot(server)
    secret = _snapshot(server, Encrypted=True, KmsKeyId=key)
    image_id = server.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    server.default_key = key
    path = _configuration(
        tmp_path,
        _volume("empty", "")
        + _volume("plain", f'snapshot_id = "{plain}"')
        + _volume("secret", f'snapshot_id = "{secret}"')
        + _volume("asked", "encrypted = true")
        + f'resource "aws_instance" "web" {{ ami = "{image_id}" }}\n',
    )
    assert "depends" in _verdicts(analyze([path])).values()
    server.calls.clear()
    report = analyze([path], aws=Lookups())
    assert _verdicts(report) == {
        "empty": "unencrypted",
        "plain": "unencrypted",
        "secret": "encrypted",
        "asked": "encrypted",
        "web": "unencrypted",
    }
    keys = {d.address: d.key.ref for d in report.devices if d.key is not None}
    assert keys["aws_ebs_volume.asked"] == key
    # The calls that were made, and that nothing but reads was called.
    assert server.calls
    assert set(server.calls) <= set(CALLS)
    assert len(server.calls) == len(set(server.calls)) + server.calls.count("DescribeSnapshots") - 1
    assert any("AWS was asked, reading only: " in note for note in report.notes)


def test_a_disabled_key_and_a_missing_image_are_told(server: Server, tmp_path: Path) -> None:
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/off", TargetKeyId=key)
    kms.disable_key(KeyId=key)
    path = _configuration(
        tmp_path,
        _volume("off", 'encrypted = true\n  kms_key_id = "alias/off"')
        + f'resource "aws_instance" "gone" {{ ami = "{AMI}" }}\n',
    )
    server.calls.clear()
    report = analyze([path], aws=Lookups())
    found = _verdicts(report)
    assert found["off"] == "rejected"
    assert found["gone"] == "depends"
    assert any(AMI in note and "there is no such thing" in note for note in report.notes)
    assert set(server.calls) <= set(CALLS)


def test_a_call_that_is_throttled_is_made_again(server: Server, tmp_path: Path) -> None:
    path = _configuration(tmp_path, _volume("empty", ""))
    server.busy = 2
    report = analyze([path], aws=Lookups())
    assert _verdicts(report) == {"empty": "unencrypted"}
    assert server.calls == 3 * ["GetEbsEncryptionByDefault"]
    assert not any("not looked up" in note for note in report.notes)


def test_the_command_line_asks_aws_only_when_told_to(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _configuration(tmp_path, _volume("empty", ""))
    assert _run("scan", path, "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["devices"][0]["verdict"] == "depends"
    assert server.calls == []
    assert _run("scan", path, "-o", "json", "--aws", "--aws-region", HERE) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["devices"][0]["verdict"] == "unencrypted"
    assert "AWS was asked, reading only: GetEbsEncryptionByDefault" in err
    assert server.calls == ["GetEbsEncryptionByDefault"]
    assert _run("explain", "aws_ebs_volume.empty", path, "--aws") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"AWS, ec2:GetEbsEncryptionByDefault in {HERE}" in told


def test_facts_are_pulled_checked_and_updated(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = _snapshot(server)
    path = _configuration(
        tmp_path, _volume("empty", "") + _volume("plain", f'snapshot_id = "{plain}"')
    )
    facts = tmp_path / "facts.yaml"
    facts.write_text("# ours\nfacts: {OQ-1: 'no'} # seen\n", encoding="utf-8")
    assert _run("facts", "pull", path, "--to", str(facts)) == 0
    found = parse_facts("facts.yaml", facts.read_bytes()).facts
    assert facts.read_text(encoding="utf-8").startswith("# ours\nfacts: {OQ-1: 'no'} # seen\n")
    assert found.facts == {"OQ-1": "no"}
    assert found.snapshots[plain].encrypted is False
    (account,) = found.accounts.values()
    assert account.regions[HERE].encryption_by_default is False
    # What was pulled gives the report that AWS gives, without AWS.
    capsys.readouterr()
    server.calls.clear()
    assert _verdicts(analyze([path], facts=facts)) == {
        "empty": "unencrypted",
        "plain": "unencrypted",
    }
    assert server.calls == []
    assert _run("facts", "check", str(facts), "--aws") == 0
    server.client("ec2").enable_ebs_encryption_by_default()
    server.calls.clear()
    capsys.readouterr()
    assert _run("facts", "check", str(facts), "--aws") == 1
    assert "is stale: on" in capsys.readouterr().out
    assert set(server.calls) <= set(CALLS)
    assert _run("facts", "pull", path, "--to", str(facts)) == 0
    assert _verdicts(analyze([path], facts=facts)) == {"empty": "encrypted", "plain": "encrypted"}


def _run(*args: str) -> int:
    from analyzer.cli import main

    with pytest.raises(SystemExit) as done:
        main(list(args))
    return int(done.value.code or 0)


def test_options_of_aws_go_with_aws(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("scan", "plan.json", "--aws-region", HERE) == 2
    assert "go with --aws" in capsys.readouterr().err
    assert _run("facts", "pull", "--show-policy") == 0
    assert json.loads(capsys.readouterr().out)["Version"] == "2012-10-17"
