"""`scan --cache`: it saves work, and no report shows whether it was there, nor what is in it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.cache import Cache
from analyzer.core.facts import Fact
from analyzer.engine import analyze
from analyzer.report import FORMATS
from tests.running import Done, ebs_plan

ROOT = Path(__file__).resolve().parents[1]

VOLUME = "Resources:\n  Volume: {Type: AWS::EC2::Volume, Properties: {Encrypted: %s, Size: 1}}\n"
NESTING = (
    "Resources:\n  Stack: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s.yaml}}\n"
)
EXPORTING = (
    "Resources:\n  Key: {Type: AWS::KMS::Key}\n"
    "Outputs:\n  Arn: {Value: !GetAtt Key.Arn, Export: {Name: %s}}\n"
)
IMPORTING = (
    "Resources:\n  Volume: {Type: AWS::EC2::Volume,"
    " Properties: {Encrypted: true, KmsKeyId: !ImportValue %s, Size: 1}}\n"
)
BROKEN = "Resources:\n  Volume: {Type: AWS::EC2::Volume\n"
CALLING = 'variable "safe" {}\nmodule "data" {\n  source = "../%s"\n  safe   = var.safe\n}\n'
MODULE = (
    'variable "safe" {}\nresource "aws_ebs_volume" "data" {\n  encrypted = var.safe\n'
    "  size = %d\n}\n"
)

FILES = {
    "a.yaml": VOLUME % "true",
    "b.json": '{"Resources": {"Volume": {"Type": "AWS::EC2::Volume", "Properties": {}}}}',
    "c/nested.yaml": VOLUME % "false",
    "c/outer.yaml": NESTING % "nested",
    "c/lost.yaml": NESTING % "missing",
    "d/exporting.yaml": EXPORTING % "key",
    "d/importing.yaml": IMPORTING % "key",
    "e/other.yaml": "a: [1, 2]\n",
    "f/broken.yaml": BROKEN,
    "live/one/main.tf": CALLING % "../modules/data",
    "live/one/terraform.tfvars": "safe = true\n",
    "live/two/main.tf": CALLING % "../modules/data",
    "live/far/main.tf": CALLING % "../elsewhere",
    "modules/data/main.tf": MODULE % 1,
}


@dataclass
class Scanned:
    """A folder that is scanned with a cache and without."""

    folder: Path
    home: Path

    def __call__(self, *arguments: str, cached: bool = True, **environment: str) -> Done:
        places = {
            "XDG_CACHE_HOME": str(self.home / "caches"),
            "XDG_STATE_HOME": str(self.home / "state"),
            **environment,
        }
        flag = "--cache" if cached else "--no-cache"
        words = ("scan", "in", flag, "-o", "json", "--jobs", "1", *arguments)
        return ebs_plan(*words, cwd=self.folder, **places)

    def same(self, *arguments: str, **environment: str) -> str:
        """What a run with a cache says on standard error beyond one without, if nothing else."""
        without = self(*arguments, cached=False, **environment)
        cached = self(*arguments, **environment)
        assert (cached.returncode, cached.stdout) == (without.returncode, without.stdout)
        return "".join(
            line
            for line in cached.stderr.splitlines(keepends=True)
            if line not in without.stderr.splitlines(keepends=True)
        )

    @property
    def files(self) -> list[Path]:
        return sorted((self.home / "caches" / "ebs-plan").iterdir())

    def write(self, name: str, text: str) -> None:
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def scanned(tmp_path: Path) -> Scanned:
    found = Scanned(tmp_path / "checkout", tmp_path / "home")
    (found.folder / ".git").mkdir(parents=True)
    for name, text in FILES.items():
        found.write(name, text)
    return found


# -- the same report -------------------------------------------------------------------------


def test_every_format_is_the_same_to_the_byte(tmp_path: Path) -> None:
    def scan(name: str, *arguments: str) -> list[bytes]:
        target = tmp_path / name
        target.mkdir()
        outputs = [word for form in FORMATS for word in ("-o", f"{form}={target / form}")]
        places = {"XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        done = ebs_plan("scan", "fixtures/cloudformation", *arguments, *outputs, cwd=ROOT, **places)
        told = f"{done.returncode} {done.stderr}".replace(str(target), "")
        return [told.encode(), *((target / form).read_bytes() for form in FORMATS)]

    without = scan("without")
    assert scan("cold", "--cache") == without
    assert scan("warm", "--cache") == without


def test_what_has_not_changed_is_not_read_again(scanned: Scanned) -> None:
    def imports_parser() -> bool:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "analyzer", "scan", "--cache", "in"],
            cwd=scanned.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(scanned.home)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr[-2000:]
        return re.search(r"\| +yaml$", done.stderr, re.MULTILINE) is not None

    for name in ("d/importing.yaml", "f/broken.yaml"):  # what is never kept
        (scanned.folder / "in" / name).unlink()
    scanned.home.mkdir()
    assert imports_parser()
    assert imports_parser()  # what was seen beside the template that nests it, by itself
    assert not imports_parser()
    scanned.write("a.yaml", VOLUME % "false")
    assert imports_parser()


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}])
def test_nothing_is_kept_unless_somebody_asks(
    scanned: Scanned, environment: dict[str, str]
) -> None:
    scanned(cached=False, **environment)
    ebs_plan("scan", "in", cwd=scanned.folder, XDG_CACHE_HOME=str(scanned.home), **environment)
    assert not scanned.home.exists()


def test_the_environment_can_ask(scanned: Scanned) -> None:
    caches, state = scanned.home / "caches", scanned.home / "state"
    places = {"XDG_CACHE_HOME": str(caches), "XDG_STATE_HOME": str(state)}
    ebs_plan("scan", "in", cwd=scanned.folder, EBS_PLAN_CACHE="1", **places)
    assert len(scanned.files) == 1


def _link(scanned: Scanned, name: str, target: str) -> None:
    path = scanned.folder / "in" / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


CHANGES: dict[str, Callable[[Scanned], object]] = {
    "nothing": lambda s: None,
    "a file": lambda s: s.write("a.yaml", VOLUME % "false"),
    "a file that is as large, at the same time": lambda s: _swapped(s, "true", "!!no"),
    "a file is broken now": lambda s: s.write("a.yaml", BROKEN),
    "a file is whole now": lambda s: s.write("f/broken.yaml", VOLUME % "false"),
    "a file is a template now": lambda s: s.write("e/other.yaml", VOLUME % "false"),
    "a file is none any more": lambda s: s.write("a.yaml", "a: 1\n"),
    "a file whose name is no text": lambda s: s.write(os.fsdecode(b"\xff.yaml"), VOLUME % "false"),
    "a new file": lambda s: s.write("a/new.yaml", VOLUME % "false"),
    "a file is renamed": lambda s: (s.folder / "in/a.yaml").rename(s.folder / "in/z.yaml"),
    "two files change places": lambda s: _exchanged(s, "a.yaml", "c/nested.yaml"),
    "a file is gone": lambda s: (s.folder / "in/a.yaml").unlink(),
    "a file is a link out": lambda s: _link(s, "a.yaml", "/etc/hostname"),
    "a file is a pipe": lambda s: _pipe(s, "a.yaml"),
    "a nested template": lambda s: s.write("c/nested.yaml", VOLUME % "true"),
    "a nested template is gone": lambda s: (s.folder / "in/c/nested.yaml").unlink(),
    "a nested template is there now": lambda s: s.write("c/missing.yaml", VOLUME % "false"),
    "nothing is nested any more": lambda s: s.write("c/outer.yaml", NESTING % "gone"),
    "an exporter": lambda s: s.write("d/exporting.yaml", EXPORTING % "other"),
    "another exporter": lambda s: s.write("d/another.yaml", EXPORTING % "key"),
    "an importer": lambda s: s.write("d/importing.yaml", IMPORTING % "other"),
    "a module": lambda s: s.write("modules/data/main.tf", MODULE % 2 + "# and a comment\n"),
    "a file more in a module": lambda s: s.write(
        "modules/data/more.tf", 'resource "aws_ebs_volume" "more" {}\n'
    ),
    "an override in a module": lambda s: s.write(
        "modules/data/override.tf", 'resource "aws_ebs_volume" "data" {\n  encrypted = false\n}\n'
    ),
    "a module is gone": lambda s: (s.folder / "in/modules/data/main.tf").unlink(),
    "a module is there now": lambda s: s.write("elsewhere/main.tf", MODULE % 3),
    "a module is a link out": lambda s: _link(s, "modules/data", "/etc"),
    "the variables of a module": lambda s: s.write("live/one/terraform.tfvars", "safe = false\n"),
    "variables for a module": lambda s: s.write("live/two/x.auto.tfvars", "safe = false\n"),
    "where modules are, by a manifest": lambda s: s.write(
        "live/one/.terraform/modules/modules.json", '{"Modules": []}'
    ),
    "what may be read": lambda s: (s.folder / "in" / "live" / ".git").mkdir(),
    "an ignore": lambda s: s.write("a.yaml", f"# ebs-plan: ignore for now\n{VOLUME % 'true'}"),
}


def _swapped(scanned: Scanned, before: str, after: str) -> None:
    path = scanned.folder / "in" / "a.yaml"
    status = path.stat()
    path.write_text(path.read_text().replace(before, after))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _exchanged(scanned: Scanned, one: str, other: str) -> None:
    texts = [(scanned.folder / "in" / name).read_text() for name in (one, other)]
    scanned.write(one, texts[1])
    scanned.write(other, texts[0])


def _pipe(scanned: Scanned, name: str) -> None:
    (scanned.folder / "in" / name).unlink()
    os.mkfifo(scanned.folder / "in" / name)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_counts(change: Callable[[Scanned], object], scanned: Scanned) -> None:
    scanned()
    change(scanned)
    assert scanned.same() == ""


SETTINGS: dict[str, tuple[str, ...]] = {
    "assumption": ("--assume", "encryption_by_default=on"),
    "facts": ("--facts", "facts.yaml"),
    "parameter": ("--parameters", "Encrypted=true"),
    "defaults": ("--no-defaults",),
    "region": ("--region", "eu-west-1"),
    "account": ("--account", "111122223333"),
    "variable": ("--var", "safe=false"),
    "variables in a file": ("--var-file", "given.tfvars"),
    "variables of the environment": ("--tf-var-env",),
    "all": ("--all",),
    "format": ("--format-in", "template"),
    "border": ("--root", "in/live"),
    "limit": ("--limit", "leaves=1"),
    "policy": ("--require-key", "alias/ours"),
}


@pytest.mark.parametrize("arguments", SETTINGS.values(), ids=SETTINGS)
def test_every_setting_counts(arguments: tuple[str, ...], scanned: Scanned) -> None:
    scanned()
    for default, safe in (("on", "true"), ("off", "false")):
        facts = f"facts:\n  encryption_by_default: {default}\n"
        (scanned.folder / "facts.yaml").write_text(facts)
        (scanned.folder / "given.tfvars").write_text(f"safe = {safe}\n")
        assert scanned.same(*arguments, TF_VAR_safe=safe) == ""
    assert scanned.same() == ""


POOL = (
    *(VOLUME % "true", VOLUME % "false", BROKEN, "a: 1\n", NESTING % "b", NESTING % "a"),
    *(EXPORTING % "key", IMPORTING % "key", EXPORTING % "key" + "  Own: {Value: !Ref Key}\n"),
)
EDITS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from((*POOL, None))), max_size=3)


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(EDITS, max_size=5))
def test_any_history_leaves_the_report_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, history: list[list[tuple[str, str | None]]]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    scanned = Scanned(folder / "checkout", folder / "home")
    scanned.write("z.yaml", VOLUME % "true")
    for edits in history:
        for name, text in edits:
            if text is None:
                (scanned.folder / "in" / f"{name}.yaml").unlink(missing_ok=True)
            else:
                scanned.write(f"{name}.yaml", text)
        assert scanned.same() == ""


def test_what_is_wrong_is_told_each_time(scanned: Scanned) -> None:
    for _ in range(3):
        done = scanned()
        assert done.returncode == 2
        assert "f/broken.yaml" in done.stderr


def test_who_does_the_work_does_not_matter(
    scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(scanned.home / "caches"))
    monkeypatch.setenv("XDG_STATE_HOME", str(scanned.home / "state"))
    monkeypatch.chdir(scanned.folder)
    alone = msgspec.json.encode(analyze(["in"]))
    with ThreadPoolExecutor(2) as executor:
        cold = msgspec.json.encode(analyze(["in"], executor=executor, cache=Cache()))
    warm = msgspec.json.encode(analyze(["in"], cache=Cache()))
    assert cold == warm == alone


class _Asked:
    """A source that is asked last, whose answers may be others the next time."""

    def look_in(self, regions: object) -> None: ...

    def tell(self, fact: Fact) -> None: ...

    def report(self) -> list[str]:
        return []


def test_what_aws_is_asked_is_asked_again(
    scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(scanned.home))
    monkeypatch.chdir(scanned.folder)
    analyze(["in"], aws=_Asked(), cache=Cache())
    assert not scanned.home.exists()


# -- a cache that is not believed --------------------------------------------------------------


def _replaced(path: Path, data: bytes) -> None:
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: _replaced(path, b""),
    "short": lambda path: _replaced(path, path.read_bytes()[:-1]),
    "long": lambda path: _replaced(path, path.read_bytes() + b"\0"),
    "only its head": lambda path: _replaced(path, path.read_bytes()[:32]),
    "other entries": lambda path: _replaced(path, path.read_bytes()[:32] + b"\x90"),
    "huge": lambda path: os.truncate(path, 200_000_001),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link": lambda path: (path.rename(path.with_name("x")), path.symlink_to("x")),
    "a link out": lambda path: (
        path.rename(path.parents[2] / "x"),
        path.symlink_to(path.parents[2] / "x"),
    ),
    "a link that leads nowhere": lambda path: (path.unlink(), path.symlink_to("y")),
}
#: What is in the way of a file is for the user to look at.
STAYS = ("a folder", "a pipe", "a link", "a link out", "a link that leads nowhere")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_changes_nothing_but_a_note(damage: str, scanned: Scanned) -> None:
    scanned()
    (path,) = scanned.files
    DAMAGES[damage](path)
    note = scanned.same()
    assert note.startswith("note: nothing is "), note
    assert scanned.same() == (note if damage in STAYS else "")


def test_a_file_counts_for_what_it_was_written_for(scanned: Scanned) -> None:
    scanned()
    (one,) = scanned.files
    scanned("--assume", "encryption_by_default=on")
    other = next(path for path in scanned.files if path != one)
    swapped = one.read_bytes(), other.read_bytes()
    one.write_bytes(swapped[1])
    other.write_bytes(swapped[0])
    assert "was not written here" in scanned.same()
    assert "was not written here" in scanned.same("--assume", "encryption_by_default=on")


def test_a_file_of_somebody_else_is_not_believed(scanned: Scanned) -> None:
    """Restored by a CI service, or put there by another user: authentic, but by another secret."""
    other = Scanned(scanned.folder, scanned.home.with_name("other"))
    other.write("a.yaml", VOLUME % "false")
    other()
    scanned.write("a.yaml", VOLUME % "true")
    scanned()
    (path,) = scanned.files
    path.write_bytes(other.files[0].read_bytes())
    assert "was not written here" in scanned.same()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scanned, bytes, str]:
    folder = tmp_path_factory.mktemp("warm")
    scanned = Scanned(folder / "checkout", folder / "home")
    scanned.write("a.yaml", VOLUME % "false")
    scanned.write("b.yaml", NESTING % "a")
    scanned()
    return scanned, scanned.files[0].read_bytes(), scanned(cached=False).stdout


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_with_any_bytes_changed_the_report_is_the_same(
    warm: tuple[Scanned, bytes, str], data: st.DataObject
) -> None:
    scanned, good, report = warm
    changed = bytearray(good)
    places = st.dictionaries(st.integers(0, len(good) - 1), st.integers(1, 255), min_size=1)
    for place, change in data.draw(places).items():
        changed[place] ^= change
    (path,) = scanned.files
    path.write_bytes(changed)
    done = scanned()
    assert done.stdout == report
    assert "was not written here" in done.stderr
    assert path.read_bytes() == good


@pytest.mark.parametrize("size", [0, 31, 32, 33])
def test_another_secret_makes_another_cache(size: int, scanned: Scanned) -> None:
    scanned()
    secret = scanned.home / "state" / "ebs-plan" / "cache-secret"
    secret.write_bytes(b"s" * size)
    note = scanned.same()
    assert note == ("" if size == 32 else note)
    assert ("is no secret" in note) == (size != 32)
    secret.unlink()
    assert scanned.same() == ""
    assert len(secret.read_bytes()) == 32


def test_another_version_has_a_cache_of_its_own(scanned: Scanned, tmp_path: Path) -> None:
    def scan(program: Path, *arguments: str) -> bytes:
        return subprocess.run(
            [sys.executable, "-m", "analyzer", "scan", "in", "-o", "json", *arguments],
            cwd=scanned.folder,
            env={**os.environ, "PYTHONPATH": str(program), "HOME": str(tmp_path / "home")},
            capture_output=True,
            check=False,
        ).stdout

    tmp_path.joinpath("home").mkdir()
    kept = tmp_path / "home" / ".cache" / "ebs-plan"
    scan(ROOT, "--cache")
    other = tmp_path / "program"
    shutil.copytree(ROOT / "analyzer", other / "analyzer")
    with (other / "analyzer" / "__init__.py").open("a") as file:
        file.write('\n__version__ = "0.0.0"\n')
    assert scan(other, "--cache") == scan(other)
    assert len(list(kept.iterdir())) == 2


# -- where there can be none -------------------------------------------------------------------


def _home(scanned: Scanned) -> Path:
    made = scanned.home / "caches" / "ebs-plan"
    made.mkdir(mode=0o700, parents=True)
    return made


def _state(scanned: Scanned) -> Path:
    scanned()
    return scanned.home / "state" / "ebs-plan" / "cache-secret"


def _linked(scanned: Scanned) -> None:
    secret = scanned.home / "state" / "ebs-plan" / "cache-secret"
    secret.symlink_to(scanned.home / "x")


BARRED: dict[str, tuple[Callable[[Scanned], object], str]] = {
    "others may enter": (lambda s: _home(s).chmod(0o755), "is not this user's alone"),
    "others may write": (lambda s: _home(s).chmod(0o733), "is not this user's alone"),
    "others may read the secret": (lambda s: _state(s).chmod(0o644), "is not this user's alone"),
    "a file in its place": (
        lambda s: (_home(s).rmdir(), (s.home / "caches" / "ebs-plan").touch()),
        "is not what it should be",
    ),
    "a link in its place": (
        lambda s: (
            _home(s).rename(s.home / "x"),
            (s.home / "caches" / "ebs-plan").symlink_to(s.home / "x"),
        ),
        "is not what it should be",
    ),
    "a link for a secret": (
        lambda s: (_state(s).rename(s.home / "x"), _linked(s)),
        "too many levels of symbolic links",
    ),
    "a pipe for a secret": (
        lambda s: (_state(s).unlink(), os.mkfifo(s.home / "state" / "ebs-plan" / "cache-secret")),
        "is not what it should be",
    ),
    "no folder can be made": (
        lambda s: (s.home.mkdir(), (s.home / "caches").touch()),
        "file exists",
    ),
}


@pytest.mark.parametrize("bar", BARRED)
def test_where_there_can_be_no_cache_the_run_goes_on(bar: str, scanned: Scanned) -> None:
    act, why = BARRED[bar]
    act(scanned)
    note = scanned.same()
    assert note.startswith("note: nothing is taken from the cache: ")
    assert why in note
    assert note.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(
    "what", ["caches/ebs-plan", "state/ebs-plan", "state/ebs-plan/cache-secret"]
)
def test_what_belongs_to_another_user_is_not_used(what: str, scanned: Scanned) -> None:
    scanned()
    os.chown(scanned.home / what, 12345, 12345)
    assert "is not this user's alone" in scanned.same()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_to(scanned: Scanned) -> None:
    scanned.home.mkdir(mode=0o500)
    assert "permission denied" in scanned.same()


@pytest.mark.parametrize("home", ["", "relative", "caches"])
def test_a_user_without_home_has_no_cache(home: str, scanned: Scanned) -> None:
    """A base folder that is not absolute is to be ignored (XDG)."""
    note = scanned.same(XDG_CACHE_HOME=home, XDG_STATE_HOME=home, HOME=home or ".")
    assert "the user has no home" in note


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "XDG_STATE_HOME"])
def test_what_is_scanned_holds_no_cache(variable: str, scanned: Scanned) -> None:
    inside = str(scanned.folder / "caches")
    assert "lies inside of what is scanned" in scanned.same(**{variable: inside})
    assert not (scanned.folder / "caches").exists()


def test_the_secret_lies_elsewhere(scanned: Scanned) -> None:
    place = str(scanned.home)
    note = scanned.same(XDG_CACHE_HOME=place, XDG_STATE_HOME=place)
    assert "its secret would lie beside it" in note


def test_a_full_cache_is_told_and_an_old_one_dropped(scanned: Scanned) -> None:
    assert "(--limit cache-size=NUMBER)" in scanned.same("--limit", "cache-size=1k")
    assert scanned.files == []
    scanned()
    (first,) = scanned.files
    os.utime(first, (1, 1))
    size = first.stat().st_size
    scanned("--limit", f"cache-size={size * 3 // 2}")
    assert first not in scanned.files
    assert len(scanned.files) == 1


def test_nothing_given_is_in_the_cache(scanned: Scanned) -> None:
    scanned.write("live/one/terraform.tfvars", 'safe = "canary-1"\n')
    (scanned.folder / "given.tfvars").write_text('safe = "canary-2"\n')
    scanned(
        *("--var-file", "given.tfvars", "--var", "safe=canary-3", "--parameters", "P=canary-4"),
        *("--tf-var-env",),
        TF_VAR_safe="canary-5",
    )
    (path,) = scanned.files
    assert b"canary" not in path.read_bytes()
    assert b"canary" not in path.name.encode()


# -- several at once, and interrupted ------------------------------------------------------------


def _start(scanned: Scanned) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", "scan", "in", "--cache", "-o", "json"],
        cwd=scanned.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(scanned.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )


def test_processes_at_once_do_not_disturb_each_other(scanned: Scanned) -> None:
    scanned.home.mkdir()
    expected = scanned(cached=False).stdout
    for _ in range(2):
        started = [_start(scanned) for _ in range(3)]
        assert [process.communicate(timeout=60)[0] for process in started] == [expected] * 3
    secret = scanned.home / ".local" / "state" / "ebs-plan"
    assert [path.name for path in secret.iterdir()] == ["cache-secret"]
    assert len(list((scanned.home / ".cache" / "ebs-plan").iterdir())) == 1


def test_a_process_that_is_killed_leaves_nothing_in_the_way(scanned: Scanned) -> None:
    scanned.home.mkdir()
    kept = scanned.home / ".cache" / "ebs-plan"
    expected = scanned(cached=False).stdout
    for number in range(4):
        scanned.write("a.yaml", (VOLUME % "true") + f"# {number}\n")
        process = _start(scanned)
        before = {path: path.stat().st_mtime_ns for path in kept.glob("*")}
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            now = {path: path.stat().st_mtime_ns for path in kept.glob("*") if path.exists()}
            if number and now != before:  # it has begun to write
                break
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert _start(scanned).communicate(timeout=60)[0] == expected


def test_a_full_disk_leaves_what_was_there(scanned: Scanned) -> None:
    scanned()
    before = {path: path.read_bytes() for path in scanned.files}
    scanned.write("a.yaml", VOLUME % "false")
    expected = scanned(cached=False).stdout
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (999, 999)); "
        "from analyzer.cli import main; main()"
    )
    places = {"XDG_CACHE_HOME": "caches", "XDG_STATE_HOME": "state"}
    done = subprocess.run(
        [sys.executable, "-c", limited, "scan", "in", "--cache", "--jobs", "1", "-o", "json"],
        cwd=scanned.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)}
        | {name: str(scanned.home / place) for name, place in places.items()},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout == expected
    assert "note: nothing is kept in the cache: " in done.stderr
    assert "file too large" in done.stderr
    assert {path: path.read_bytes() for path in scanned.files} == before


def test_what_a_killed_process_left_is_dropped(scanned: Scanned) -> None:
    scanned()
    left = scanned.files[0].with_name(".ebs-plan-0123456789abcdef")
    fresh = scanned.files[0].with_name(".ebs-plan-fedcba9876543210")
    left.touch()
    fresh.touch()
    os.utime(left, (1, 1))
    scanned.write("a.yaml", VOLUME % "false")
    scanned()
    assert not left.exists()
    assert fresh.exists()
