"""Only regular files inside the root are read, and a report is written whole or not at all."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer.errors import InputError, Problem, UsageError
from analyzer.files import SKIPPED, Kind, Root, git_top, read_stdin
from analyzer.limits import Limits
from analyzer.writing import write_atomic
from tests.running import ebs_plan

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links, pipes and devices")
not_root = pytest.mark.skipif(
    os.name == "posix" and os.geteuid() == 0, reason="no file is forbidden to root"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git checkout beside files that are none of its business."""
    (tmp_path / "secret.json").write_text("SECRET")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "main.tf").write_text("SECRET")
    top = tmp_path / "checkout"
    for folder in (".git", "infra/web", "modules/disk"):
        (top / folder).mkdir(parents=True)
    (top / "infra/plan.json").write_text("{}")
    (top / "infra/web/main.tf").write_text("web")
    (top / "modules/disk/main.tf").write_text("disk")
    return top


def refused(read: Callable[[], object]) -> Problem:
    with pytest.raises(InputError) as caught:
        read()
    problem = caught.value.problem
    assert "SECRET" not in problem.message + problem.hint
    return problem


def test_a_named_file_is_read(checkout: Path) -> None:
    path = str(checkout / "infra/plan.json")
    assert Root(path).read(path, Kind.PLAN) == b"{}"


def test_a_module_beside_the_named_folder_is_read_inside_the_checkout(checkout: Path) -> None:
    root = Root(str(checkout / "infra/web"))
    assert root.read(f"{root.path}/../../modules/disk/main.tf", Kind.HCL) == b"disk"
    problem = refused(lambda: root.read(f"{root.path}/../../../secret.json", Kind.PLAN))
    assert problem.code == "outside-root"
    assert "real path" in problem.hint


def test_without_a_checkout_the_folder_itself_is_the_border(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b.tf").write_text("b")
    root = Root(str(tmp_path / "a"))
    assert refused(lambda: root.read(str(tmp_path / "b.tf"), Kind.HCL)).code == "outside-root"
    assert refused(lambda: root.read("/etc/passwd", Kind.HCL)).code == "outside-root"


@posix
@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("infra/x.json", "../../secret.json"),
        ("infra/x.json", "/etc/passwd"),
        ("infra/x.json", "/proc/self/environ"),
        ("infra/x.json", "/dev/zero"),
        ("infra/deep", "../../elsewhere"),
        ("infra/two", "web/../../../elsewhere"),
    ],
)
def test_a_link_out_of_the_root_is_refused(checkout: Path, link: str, target: str) -> None:
    (checkout / link).symlink_to(target)
    path = str(checkout / link)
    inner = f"{path}/main.tf" if os.path.isdir(path) else path
    for root in (Root(str(checkout / "infra")), Root(path), Root(inner)):
        assert refused(lambda root=root: root.read(inner, Kind.PLAN)).code == "outside-root"
    named = Root(f"{path}/")  # a slash makes a link to a folder look like a folder
    assert list(named.walk([".tf"])) == ([] if named.is_folder else [named.path])
    assert [p.code for p in named.problems] == (["outside-root"] if named.is_folder else [])


@posix
def test_a_link_inside_the_root_is_followed(checkout: Path) -> None:
    (checkout / "infra/x.tf").symlink_to("../modules/disk/main.tf")
    (checkout / "infra/m").symlink_to("../modules")
    root = Root(str(checkout / "infra"))
    assert root.read(f"{root.path}/x.tf", Kind.HCL) == b"disk"
    assert root.read(f"{root.path}/m/disk/main.tf", Kind.HCL) == b"disk"


@posix
def test_a_root_reached_through_a_link_above_it_is_read(checkout: Path) -> None:
    above = checkout.parent / "alias"
    above.symlink_to(checkout)
    path = str(above / "infra/plan.json")
    assert Root(path).read(path, Kind.PLAN) == b"{}"


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket has to be short
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_nothing(path: Path) -> None:
    assert not path.exists()


def make_forbidden(path: Path) -> None:
    path.write_text("SECRET")
    path.chmod(0)


def make_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)  # a hole: takes no space


@posix
@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (make_pipe, "input-special", "ebs-plan scan -"),
        (make_socket, "input-special", "regular file"),
        (make_loop, "input-missing", "link"),
        (make_folder, "input-folder", "folder"),
        (make_nothing, "input-missing", "check the path"),
        pytest.param(make_forbidden, "input-permission", "permissions", marks=not_root),
        (make_huge, "limit-plan-size", "--limit plan-size"),
    ],
)
def test_what_is_no_readable_file_is_a_clear_problem(
    tmp_path: Path, make: Callable[[Path], None], code: str, words: str
) -> None:
    path = tmp_path / "x.json"
    make(path)
    root = Root(str(tmp_path))
    problem = refused(lambda: root.read(str(path), Kind.PLAN))
    assert (problem.path, problem.code) == (str(path), code)
    assert words in f"{problem.message} {problem.hint}"


@posix
def test_a_device_that_is_named_is_refused_before_it_is_opened() -> None:
    assert refused(lambda: Root("/dev/zero").read("/dev/zero", Kind.PLAN)).code == "input-special"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "", "plan.json/x", "\ud800"])
def test_odd_paths_are_problems(checkout: Path, path: str) -> None:
    root = Root(str(checkout / "infra"))
    below = f"{root.path}/{path}" if path else root.path
    assert refused(lambda: root.read(below, Kind.PLAN)).code in ("input-missing", "input-folder")
    assert refused(lambda: Root(below).read(below, Kind.PLAN)).code.startswith("input-")


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_each_kind_has_its_own_limit_of_size(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345678")
    field = kind.value.replace("-", "_")
    assert Root(str(path), Limits(**{field: 8})).read(str(path), kind) == b"12345678"
    problem = refused(lambda: Root(str(path), Limits(**{field: 7})).read(str(path), kind))
    assert problem.code == f"limit-{kind.value}"
    assert "7 bytes" in problem.message


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_a_file_that_hides_its_size_is_read_within_the_limit() -> None:
    path = "/proc/self/status"  # its size is given as 0
    assert b"Name:" in Root(path).read(path, Kind.PLAN)
    problem = refused(lambda: Root(path, Limits(plan_size=16)).read(path, Kind.PLAN))
    assert problem.code == "limit-plan-size"


def test_a_folder_is_walked_in_one_order_without_what_is_not_input(checkout: Path) -> None:
    for name in SKIPPED - {".git"}:
        (checkout / "infra" / name).mkdir()
        (checkout / "infra" / name / "x.tf").write_text("")
    for name in ("b.tf", "a.tf", ".#a.tf", "B.tf", "a.txt", "z/1.tf", "z.tf", "ä.tf"):
        (checkout / "infra" / name).parent.mkdir(exist_ok=True)
        (checkout / "infra" / name).write_text("")
    (checkout / "infra" / ".gitignore").write_text("*.tf")
    root = Root(str(checkout / "infra"))
    found = [os.path.relpath(path, root.path) for path in root.walk((".tf",))]
    assert found == ["B.tf", "a.tf", "b.tf", "z.tf", "ä.tf", "web/main.tf", "z/1.tf"]
    assert (root.problems, root.not_analyzed) == ([], [])


def test_paths_in_the_current_folder_are_shown_as_people_write_them(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout / "infra")
    assert list(Root(".").walk((".tf", ".json"))) == ["plan.json", "web/main.tf"]
    assert Root(".").read("web/main.tf", Kind.HCL) == b"web"


@posix
def test_links_to_folders_are_listed_unless_their_target_is_walked(checkout: Path) -> None:
    infra = checkout / "infra"
    (infra / "again").symlink_to("web")
    (infra / "loop").symlink_to(".")
    (infra / "up").symlink_to("..")
    (infra / "out").symlink_to("../../elsewhere")
    (infra / "x.tf").symlink_to("../../secret.json")
    root = Root(str(infra))
    assert list(root.walk((".tf",))) == [str(infra / "x.tf"), str(infra / "web/main.tf")]
    assert [line.path for line in root.not_analyzed] == [str(infra / "out"), str(infra / "up")]


@posix
def test_a_link_without_a_target_is_listed_and_fails_what_needs_it_alone(checkout: Path) -> None:
    """Terraform refuses a folder in which it cannot read a file; nobody reads a stray x.yml."""
    (checkout / "infra/web/main.tf").write_text('resource "aws_kms_key" "k" {}\n')
    for name, target in (("gone.yml", "x"), ("far.json", "/nowhere"), ("loop.yaml", "loop.yaml")):
        (checkout / "infra" / name).symlink_to(target)
    done = ebs_plan("scan", "infra", "-o", "json", cwd=checkout)
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert [(line["address"], line["reason"]) for line in report["not_analyzed"]] == [
        (f"infra/{name}", "a link that leads nowhere")
        for name in ("far.json", "gone.yml", "loop.yaml")
    ]
    (checkout / "infra/web/gone.tf").symlink_to("x")
    done = ebs_plan("scan", "infra", "-q", cwd=checkout)
    assert done.returncode == 2
    assert "infra/web/gone.tf: is a link that leads nowhere" in done.stderr
    (checkout / "infra/web/gone.tf").unlink()
    (checkout / "infra/out.yml").symlink_to("../../secret.json")  # may be an input
    done = ebs_plan("scan", "infra", "-q", cwd=checkout)
    assert done.returncode == 2
    assert "infra/out.yml: lies outside" in done.stderr


@posix
@not_root
def test_a_folder_that_cannot_be_listed_is_a_problem(checkout: Path) -> None:
    (checkout / "infra/web").chmod(0)
    root = Root(str(checkout / "infra"))
    assert list(root.walk((".tf",))) == []
    assert [problem.code for problem in root.problems] == ["input-permission"]
    (checkout / "infra/web").chmod(0o700)


def test_a_walk_of_a_file_is_the_file(checkout: Path) -> None:
    path = str(checkout / "infra/plan.json")
    assert list(Root(path).walk((".tf",))) == [path]


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    """Folders in folders, deeper than Python's stack and than a path may be long."""
    here = os.getcwd()
    os.chdir(tmp_path)
    for _ in range(1200):
        os.mkdir("folder")
        os.chdir("folder")
    yield tmp_path
    # What cleans up after tests recurses.
    for _ in range(1200):
        os.chdir("..")
        os.rmdir("folder")
    os.chdir(here)


def test_a_very_deep_folder_is_walked(deep_folder: Path) -> None:
    root = Root(str(deep_folder))
    assert list(root.walk((".tf",))) == []
    assert [problem.code for problem in root.problems] == ["input-missing"]


def test_the_top_of_a_checkout_is_found_without_git(checkout: Path) -> None:
    assert git_top(str(checkout / "infra/web")) == str(checkout)
    (checkout / "infra/.git").write_text("gitdir: ../.git/modules/infra")  # a submodule
    assert git_top(str(checkout / "infra/web")) == str(checkout / "infra")


READ_STDIN = """
import sys
from analyzer.errors import InputError
from analyzer.files import read_stdin
from analyzer.limits import Limits
try:
    print(len(read_stdin(Limits(plan_size=3_000_000))))
except InputError as error:
    print(error.problem.path, error.problem.code)
"""


def child(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, env=environment, check=False, **options)


def test_standard_input_is_read_within_the_limit() -> None:
    assert child(READ_STDIN, input=b"x" * 3_000_000).stdout == b"3000000\n"
    assert child(READ_STDIN, input=b"x" * 3_000_001).stdout == b"- limit-plan-size\n"


@posix
def test_standard_input_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    closed = (
        "import sys, os; os.close(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    assert child(closed, "-c", READ_STDIN).stdout == b"- input-missing\n"
    with (tmp_path / "x").open("wb") as output:
        assert child(READ_STDIN, stdin=output).stdout == b"- input-unreadable\n"


def test_standard_input_inside_pytest_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refused(read_stdin).code == "input-missing"


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for data in (b"", b"one", b"two" * 100_000):
        write_atomic(str(path), data)
        assert path.read_bytes() == data
    assert os.listdir(tmp_path) == ["report.json"]


@posix
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("missing/report.json", "no such file"),
        ("file/report.json", "not a directory"),
        ("folder", "no regular file"),
        ("folder/", "not the name of a file"),
        ("link", "links are not followed"),
        ("dangling", "links are not followed"),
        ("pipe", "no regular file"),
        ("checkout/out/report.json", "leads out of"),
        ("/dev/full", "no regular file"),
        ("nul\0.json", "not the name of a file"),
        ("x" * 300, "name too long"),
        pytest.param("locked/report.json", "permission denied", marks=not_root),
    ],
)
def test_where_no_report_can_be_written(checkout: Path, target: str, words: str) -> None:
    here = checkout.parent
    (here / "file").write_text("kept")
    (here / "folder").mkdir()
    (here / "locked").mkdir(mode=0o500)
    (here / "link").symlink_to("file")
    (here / "dangling").symlink_to("new")
    os.mkfifo(here / "pipe")
    (checkout / "out").symlink_to("../elsewhere")
    before = sorted(here.rglob("*"))
    with pytest.raises(UsageError, match=words):
        write_atomic(str(here / target) + "/" * target.endswith("/"), b"report")
    assert sorted(here.rglob("*")) == before
    assert (here / "file").read_text() == "kept"


@posix
def test_a_full_disk_leaves_the_report_before(tmp_path: Path) -> None:
    def cap() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    path = tmp_path / "report.json"
    write_atomic(str(path), b"before")
    code = (
        "import sys; from analyzer.errors import UsageError\n"
        "from analyzer.writing import write_atomic\n"
        "try: write_atomic(sys.argv[1], b'x' * 10_000)\n"
        "except UsageError as error: print(error)"
    )
    assert b"cannot write" in child(code, str(path), preexec_fn=cap).stdout
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["report.json"]


@posix
def test_a_killed_writer_leaves_the_old_report_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    size = 2_000_000
    write_atomic(str(path), b"a" * size)
    code = (
        "import sys; from analyzer.writing import write_atomic\n"
        "print(flush=True)\n"
        "while True:\n"
        "    for c in (b'a', b'b'): write_atomic(sys.argv[1], c * 2_000_000)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for moment in range(10):
        command = [sys.executable, "-c", code, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            try:
                writer.wait(timeout=0.002 * moment)
            except subprocess.TimeoutExpired:
                writer.kill()
        assert path.read_bytes() in (b"a" * size, b"b" * size)


def test_root_says_where_local_modules_may_be(tmp_path: Path) -> None:
    module = tmp_path / "modules" / "volume" / "main.tf"
    module.parent.mkdir(parents=True)
    module.write_text(
        'resource "aws_ebs_volume" "v" {\n'
        "  # ebs-plan: ignore[EBS003] the account has encryption by default on\n}\n",
        encoding="utf-8",
    )
    (tmp_path / "live").mkdir()
    call = 'module "m" {\n  source = "../modules/volume"\n}\n'
    (tmp_path / "live" / "main.tf").write_text(call, encoding="utf-8")
    alone = ebs_plan("scan", "live", cwd=tmp_path)
    assert "module.m: module ../modules/volume lies outside" in alone.stdout
    together = ebs_plan("scan", "live", "--root", ".", cwd=tmp_path)
    assert "1 device:" in together.stdout
    assert "lies outside" not in together.stdout
    assert "suppressed" in together.stdout
