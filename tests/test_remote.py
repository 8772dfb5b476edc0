"""Inputs elsewhere: asked for by name, read within the limits, and never a secret printed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import boto3
import pytest
from moto.server import ThreadedMotoServer

from analyzer.errors import Problem
from analyzer.org import read_list

for package in ("aiohttp", "fsspec", "s3fs"):
    pytest.importorskip(package)

SECRET = "canary-7f31"
VOLUME = """\
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      # ebs-plan: ignore[EBS003] scratch space
      Encrypted: false
      AvailabilityZone: a
"""
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {}},
    "resource_changes": [
        {
            "address": "aws_ebs_volume.data",
            "mode": "managed",
            "type": "aws_ebs_volume",
            "name": "data",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"encrypted": True, "availability_zone": "a"},
                "after_unknown": {"id": True},
            },
        }
    ],
    "configuration": {"root_module": {}},
}


class _Handler(BaseHTTPRequestHandler):
    """A server that does whatever servers do."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.seen.append(path)
        act = getattr(self, "_" + path.strip("/").partition(".")[0], None)
        if act is None:
            self._send(404, SECRET.encode())
        else:
            act(query)

    def _template(self, _query: str) -> None:
        self._send(200, VOLUME.encode())

    def _plan(self, query: str) -> None:
        wanted = f"Signature={SECRET}"
        self._send(200 if query.startswith(wanted) else 403, json.dumps(PLAN).encode())

    def _nesting(self, _query: str) -> None:
        stacks = "".join(
            f"  S{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}\n"
            for n, url in enumerate(("template.yaml", f"{self.server.origin}/template.yaml"))  # type: ignore[attr-defined]
        )
        self._send(200, f"Resources:\n{stacks}".encode())

    def _moved(self, _query: str) -> None:
        self._send(302, b"", Location=f"{self.server.origin}/template.yaml")  # type: ignore[attr-defined]

    def _broken(self, _query: str) -> None:
        self._send(500, SECRET.encode())

    def _bomb(self, _query: str) -> None:
        import zlib

        packer = zlib.compressobj(wbits=31)
        data = packer.compress(b" " * 50_000_000) + packer.flush()
        self._send(200, data, **{"Content-Encoding": "gzip"})

    def _endless(self, _query: str) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"#" * 65_536)

    def _slow(self, _query: str) -> None:
        time.sleep(9)
        self._send(200, VOLUME.encode())

    def _send(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def certificate(folder: Path) -> Path:
    """A certificate of this machine that signs itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return file


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def origin(trusted: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.origin = f"https://localhost:{server.server_port}"  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.origin  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def scan(
    folder: Path, trusted: Path | None, *arguments: str, listed: str = ""
) -> tuple[dict[str, object], subprocess.CompletedProcess[str]]:
    """The report as JSON, and how the run ended."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_PLAN_", "GITHUB_"))}
    outer["PYTHONPATH"] = str(Path(__file__).parents[1])
    if trusted is not None:
        outer["SSL_CERT_FILE"] = str(trusted)
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "scan", *arguments, "-o", "json"],
        cwd=folder, env=outer, input=listed, capture_output=True, encoding="utf-8", timeout=120,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else {}, done


def test_a_list_of_uris_is_read_and_what_is_wrong_is_named(
    origin: str, trusted: Path, tmp_path: Path
) -> None:
    (tmp_path / "local.yaml").write_text(VOLUME)
    user = origin.replace("https://", f"https://user:{SECRET}@")
    listed = f"""\
# what a team has
{origin}/template.yaml
{user}/plan.json?Signature={SECRET}

{origin}/plan.json?Signature={SECRET}&more
file://{tmp_path}/local.yaml
{origin}/plan.json
{origin}/gone.yaml
{origin}/broken.yaml
{user}/moved.yaml
{origin}/bomb.yaml
{origin}/endless.yaml
{origin}/slow.yaml
{origin}/nesting.yaml
"""
    _Handler.seen.clear()
    report, done = scan(
        tmp_path, trusted, "--org", "-", "--limit", "seconds=3", "--limit", "yaml-size=1MB",
        listed=listed,
    )  # fmt: skip
    assert done.returncode == 2
    analyzed = [i["path"] for i in report["inputs"] if i["status"] == "analyzed"]
    assert analyzed == [
        f"{origin}/template.yaml",
        f"{origin}/plan.json",
        f"{origin}/plan.json#2",
        f"{tmp_path}/local.yaml",
        f"{origin}/nesting.yaml",
    ]
    assert {(p["path"].rpartition("/")[2], p["code"]) for p in report["problems"]} == {
        ("plan.json#3", "input-permission"),
        ("gone.yaml", "input-missing"),
        ("broken.yaml", "input-unreadable"),
        ("moved.yaml", "input-redirect"),
        ("bomb.yaml", "input-compressed"),
        ("endless.yaml", "limit-yaml-size"),
        ("slow.yaml", "input-timeout"),
    }
    # Each is asked for once, and what it names is not asked for at all.
    assert sorted(_Handler.seen) == sorted(
        f"/{name}"
        for name in ("template.yaml", *["plan.json"] * 3, "gone.yaml", "broken.yaml", "moved.yaml",
                     "bomb.yaml", "endless.yaml", "slow.yaml", "nesting.yaml")
    )  # fmt: skip
    assert [n["address"] for n in report["not_analyzed"]] == ["S0", "S1"]
    # Ignores count in what came from elsewhere as they do in files.
    assert [s["finding"]["location"]["path"] for s in report["suppressed"]] == [
        f"{origin}/template.yaml",
        f"{tmp_path}/local.yaml",
    ]


def test_who_is_not_trusted_is_not_read(origin: str, tmp_path: Path) -> None:
    report, done = scan(tmp_path, None, f"{origin}/template.yaml")
    assert done.returncode == 2
    (problem,) = report["problems"]
    assert "ClientConnectorCertificateError" in problem["message"]
    assert "SSL_CERT_FILE" in problem["hint"]


def test_nothing_is_fetched_without_the_packages_for_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(aiohttp=None, s3fs=None); "
        "from analyzer.cli import main; main(sys.argv[1:])"
    )
    for uri in ("https://localhost/x.yaml", "s3://bucket/x.yaml"):
        done = subprocess.run(
            [sys.executable, "-c", code, "scan", uri],
            cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert "pip install 'ebs-plan-analyzer[remote]'" in done.stderr


REFUSED = {
    "http://localhost/x.yaml": "input-uri",
    "HTTP://localhost/x.yaml": "input-uri",
    f"ftp://user:{SECRET}@localhost/x.yaml": "input-uri",
    "zip::https://localhost/x.zip": "input-uri",
    "simplecache::s3://bucket/x.yaml": "input-uri",
    "zip://x.yaml::https://localhost/x.zip": "input-uri",
    "local:///etc/passwd": "input-uri",
    "file://elsewhere/x.yaml": "input-uri",
    "https:///x.yaml": "input-uri",
    "s3://bucket": "input-uri",
    f"https://localhost/x.yaml?{SECRET} x": "input-uri",
    "gone.yaml": "input-missing",
    "-": "input-uri",
}


@pytest.mark.parametrize(("line", "code"), REFUSED.items())
def test_other_lines_are_problems_with_their_place(line: str, code: str, tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text(f"# list\n{tmp_path}\n{line}\r\n")
    first, problem = read_list(str(file))
    assert first == str(tmp_path)
    assert isinstance(problem, Problem)
    assert (problem.path, problem.line, problem.code) == (str(file), 3, code)
    assert SECRET not in f"{problem}"


def test_s3_gives_objects_and_prefixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        client = boto3.client("s3")
        client.create_bucket(Bucket="org")
        nesting = (
            "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}}"
        )
        objects = {
            "plans/plan #1?.json": json.dumps(PLAN),
            "team/a.yaml": VOLUME,
            "team/b/c.json": '{"Resources": {"V": {"Type": "AWS::EC2::Volume"}}}',
            "team/b/nesting.yaml": nesting,
            "team/b/large.yaml": VOLUME + "#" * 2_000,
            "team/empty.yaml": "",
            "team/notes.txt": "text",
            "team/values.yaml": "a: b\n",
            "teams/other.yaml": VOLUME,
        }
        for key, body in objects.items():
            client.put_object(Bucket="org", Key=key, Body=body.encode())
        uris = (
            "s3://org/plans/plan #1?.json",
            "s3://org/team/",
            "s3://org/gone.json",
            "s3://gone/a/",
        )
        file = tmp_path / "list"
        file.write_text("\n".join(uris))
        report, done = scan(
            tmp_path, None, "--org", "list", "--limit", "yaml-size=2000", "--jobs", "1"
        )
        assert done.returncode == 2, done.stderr
        shared, _ = scan(
            tmp_path, None, "--org", "list", "--limit", "yaml-size=2000", "--jobs", "2"
        )
    finally:
        server.stop()
    assert shared == report
    assert [(i["path"], i["status"]) for i in report["inputs"]] == [
        ("s3://org/plans/plan #1?.json", "analyzed"),
        ("s3://org/team/a.yaml", "analyzed"),
        ("s3://org/team/b/c.json", "analyzed"),
        ("s3://org/team/b/large.yaml", "unreadable"),
        ("s3://org/team/b/nesting.yaml", "analyzed"),
        ("s3://org/gone.json", "unreadable"),
    ]
    assert [(p["path"], p["code"]) for p in report["problems"]] == [
        ("s3://org/team/b/large.yaml", "limit-yaml-size"),
        ("s3://org/gone.json", "input-missing"),
        ("s3://gone/a/", "input-missing"),
    ]
    assert report["skipped"] == ["s3://org/team/empty.yaml", "s3://org/team/values.yaml"]
