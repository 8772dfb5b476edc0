"""`python -m tests.benchmarks [NAME...]`: ratios to floors, each after its answers were checked.

Generates inputs (one seed, the same bytes), analyzes them, compares every device with the
generator's truth, and times whole processes in pairs with a floor: the least that Python can
spend on the same bytes. Prints a Markdown table, and writes it as JSON with `--json FILE`.

Without names all run but those that take minutes: `plan-200k` (808 MB), cfn-lint with our rules,
and other tools, which `--peers` finds. Floors need `orjson` (`pip install --group benchmarks`).
Only ratios of one run tell anything: speed drifts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.peers import command
from tests.benchmarks.timing import paired

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """An input, how it is made, what it is compared with, and the bar."""

    about: str
    generate: Sequence[str] = ()
    input: str = ""
    floor: Sequence[str] = ()
    must: float
    most_memory: float | None = None  # of the input's size
    takes_long: bool = False
    arguments: Sequence[str] = ("scan",)
    formats: Sequence[str] = ("json",)
    truth: bool = True
    command: Sequence[str] = ()  # instead of ours
    peer: str = ""  # instead of a floor
    least_runs: int = 1
    after: str = ""  # a module that says more about the input
    before: str = ""  # a module that changes the input before each of our runs


_PASS = (PYTHON, "-c", "pass")


def _floor(name: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "tests.benchmarks.floors", name)


def _plan(size: int) -> tuple[str, ...]:
    return ("tests.benchmarks.generate.plan", "-n", str(size), "-o", "plan.json")


_TEMPLATE = ("tests.benchmarks.generate.templates", "-n", "500", "-o", "template.yaml")
_FOLDER = ("tests.benchmarks.generate.templates", "--folder", "2000", "-o", "templates")
_FEW = ("tests.benchmarks.generate.templates", "--folder", "200", "-o", "templates")
_CFN_LINT = (
    str(Path(PYTHON).with_name("cfn-lint")),
    *("--format", "json", "--non-zero-exit-code", "none"),
)
_ONE_PROCESS = (PYTHON, "-m", "analyzer", "scan", "--jobs", "1", "-o", "json", "--fail-on", "never")
_SOURCE = ("tests.benchmarks.generate.source", "-o", "source")

BENCHMARKS: dict[str, Benchmark] = {
    "version": Benchmark(
        about="--version / python -c pass",
        arguments=("--version",),
        floor=_PASS,
        must=4.5,
        truth=False,
    ),
    "plan-10": Benchmark(
        about="a small plan / python -c pass",
        generate=_plan(10),
        input="plan.json",
        floor=_PASS,
        must=6,
    ),
    "plan-5k": Benchmark(
        about="plan of 5,000 / orjson",
        generate=_plan(5000),
        input="plan.json",
        floor=_floor("orjson"),
        must=1.5,
    ),
    "plan-50k": Benchmark(
        about="plan of 50,000 / orjson",
        generate=_plan(50_000),
        input="plan.json",
        floor=_floor("orjson"),
        must=0.45,
    ),
    "plan-50k-msgspec": Benchmark(
        about="plan of 50,000 / msgspec structs",
        generate=_plan(50_000),
        input="plan.json",
        floor=_floor("msgspec"),
        must=1.6,
    ),
    "plan-10-msgspec": Benchmark(
        about="a small plan / msgspec structs",
        generate=_plan(10),
        input="plan.json",
        floor=_floor("msgspec"),
        must=6,
    ),
    "plan-5k-msgspec": Benchmark(
        about="plan of 5,000 / msgspec structs",
        generate=_plan(5000),
        input="plan.json",
        floor=_floor("msgspec"),
        must=6,
    ),
    "plan-200k": Benchmark(
        about="plan of 200,000 / msgspec structs",
        generate=_plan(200_000),
        input="plan.json",
        floor=_floor("msgspec"),
        must=1.6,
        most_memory=1.4,
        takes_long=True,
    ),
    "template-10": Benchmark(
        about="a small template / python -c pass",
        generate=("tests.benchmarks.generate.templates", "-n", "10", "-o", "template.yaml"),
        input="template.yaml",
        floor=_PASS,
        must=7,
    ),
    "template": Benchmark(
        about="template of 500 resources / CSafeLoader",
        generate=_TEMPLATE,
        input="template.yaml",
        floor=_floor("yaml"),
        must=2.0,
    ),
    "templates": Benchmark(
        about="folder of 2,000 templates, one process / CSafeLoader",
        arguments=("scan", "--jobs", "1"),
        generate=_FOLDER,
        input="templates",
        floor=_floor("yaml"),
        must=0.6,
    ),
    "templates-again": Benchmark(
        about="folder of 2,000 templates, 1 % changed, with a cache / without",
        generate=_FOLDER,
        input="templates",
        arguments=("scan", "--cache"),
        before="tests.benchmarks.changed",
        floor=(PYTHON, "-m", "analyzer", "scan", "-o", "json", "--fail-on", "never"),
        must=0.25,
    ),
    "jobs-2": Benchmark(
        about="folder of 2,000 templates, two processes / one",
        generate=_FOLDER,
        input="templates",
        arguments=("scan", "--jobs", "2"),
        floor=_ONE_PROCESS,
        must=0.55,
    ),
    "jobs-auto": Benchmark(
        about="folder of 200 templates, as many processes as pay / one",
        generate=_FEW,
        input="templates",
        floor=_ONE_PROCESS,
        must=1.03,
        least_runs=15,
    ),
    "formats": Benchmark(
        about="plan of 5,000 in seven formats / as a table",
        generate=_plan(5000),
        input="plan.json",
        floor=(PYTHON, "-m", "analyzer", "scan", "--fail-on", "never"),
        formats=("table", "json", "sarif", "junit", "gitlab", "markdown", "html"),
        must=1.3,
    ),
    "source-1": Benchmark(
        about="one Terraform file / python -c pass",
        input=str(ROOT / "fixtures" / "example" / "main.tf"),
        floor=_PASS,
        must=10,
        truth=False,
    ),
    "source": Benchmark(
        about="200 Terraform files / python-hcl2",
        generate=_SOURCE,
        input="source",
        floor=_floor("hcl2"),
        must=0.25,
    ),
    "cfn-lint-rules": Benchmark(
        about="cfn-lint with our rules / without, 500 resources",
        generate=_TEMPLATE,
        input="template.yaml",
        command=(*_CFN_LINT, "-a", "analyzer.plugins.cfn_lint", "-t"),
        floor=(*_CFN_LINT, "-t"),
        must=1.03,
        truth=False,
        takes_long=True,
        least_runs=9,
        after="tests.benchmarks.inside",
    ),
    **{
        f"{peer}-{size}": Benchmark(
            about=f"{what} / {peer}",
            generate=generate,
            input=input_,
            peer=peer,
            must=1 / ratio,
            takes_long=True,
        )
        for size, what, generate, input_, ratios in (
            (
                *("template", "template of 500 resources", _TEMPLATE, "template.yaml"),
                {"cfn-lint": 35, "checkov": 27, "cfripper": 8},
            ),
            (
                *("templates", "folder of 200 templates", _FEW, "templates"),
                {"cfn-lint": 100, "checkov": 35, "cfripper": 18},
            ),
            ("plan-5k", "plan of 5,000", _plan(5000), "plan.json", {"checkov": 250}),
            ("plan-50k", "plan of 50,000", _plan(50_000), "plan.json", {"regorus": 6}),
            ("source", "200 Terraform files", _SOURCE, "source", {"checkov": 10}),
        )
        for peer, ratio in ratios.items()
    },
}


def _run(
    name: str, benchmark: Benchmark, runs: int, folder: Path, peers: Path | None
) -> dict[str, object] | None:
    target = folder / benchmark.input
    rows = 0
    if benchmark.generate:
        made = [PYTHON, "-m", benchmark.generate[0], *benchmark.generate[1:-1]]
        made += [str(target), "--truth", str(folder / "truth.tsv")]
        subprocess.run(made, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    ours = [PYTHON, "-m", "analyzer", *benchmark.arguments]
    if benchmark.input:
        ours.append(str(target))
    prepare = [PYTHON, "-m", benchmark.before, str(target)] if benchmark.before else _PASS
    if benchmark.truth:
        report = folder / "report.json"
        for _ in range(2 if benchmark.before else 1):  # the first run fills the cache
            subprocess.run(prepare, cwd=ROOT, check=True)
            subprocess.run(
                [*ours, "--all", "-o", f"json={report}", "--fail-on", "never"], cwd=ROOT, check=True
            )
        # In a process of its own: a child's peak memory begins with what its parent has.
        checked = [PYTHON, "-m", "tests.benchmarks.truth", str(report), str(folder / "truth.tsv")]
        rows, wrong = json.loads(
            subprocess.run(checked, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        )
        if wrong:
            raise SystemExit("\n".join([f"{name}: {len(wrong)} of {rows} rows", *wrong[:20]]))
    *rest, last = benchmark.formats
    outputs = [*(f"-o{form}={folder}/out.{form}" for form in rest), "-o", last]
    timed = [*ours, *outputs, "--fail-on", "never"] if benchmark.input else ours
    if benchmark.command:
        timed = [*benchmark.command, str(target)]
    floor = [*benchmark.floor, *([str(target)] if benchmark.floor is not _PASS else [])]
    if benchmark.peer:
        found = command(benchmark.peer, peers, target)
        if found is None:
            return None
        floor = list(found)
    ratio = paired(timed, floor, max(runs, benchmark.least_runs), prepare)
    size = target.stat().st_size if target.is_file() else 0
    return {
        "name": name,
        "about": benchmark.about,
        "rows": rows,
        "must": benchmark.must,
        "bytes": size,
        "most_memory": benchmark.most_memory,
        "memory": ratio.peak_mib * 2**20 / size if size else None,
        **asdict(ratio),
        "more": _more(benchmark.after, target) if benchmark.after else "",
    }


def _more(module: str, target: Path) -> str:
    """What a module says about an input."""
    run = [PYTHON, "-m", module, str(target)]
    return subprocess.run(run, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _growth(results: Sequence[dict[str, object]]) -> str | None:
    """How the ratio to the floor grows from 5,000 resources to the largest plan, a must of 1.15.

    What a start costs, both sides' times of ten resources, is taken off.
    """
    found = {str(result["name"]): result for result in results}

    def above_start(name: str, side: str) -> float:
        return float(str(found[name][side])) - float(str(found["plan-10-msgspec"][side]))

    large = "plan-200k" if "plan-200k" in found else "plan-50k-msgspec"
    if not {"plan-10-msgspec", "plan-5k-msgspec", large} <= found.keys():
        return None
    small_ratio, large_ratio = (
        above_start(name, "ours") / above_start(name, "floor")
        for name in ("plan-5k-msgspec", large)
    )
    return f"growth of the ratio from 5,000 resources on: {large_ratio / small_ratio:.2f} (1.15)"


def _shown(found: dict[str, object]) -> dict[str, object]:
    memory = found["memory"]
    return {
        **found,
        "memory": f"{memory:.2f}" if found["most_memory"] and isinstance(memory, float) else "",
        "most_memory": found["most_memory"] or "",
    }


def main() -> None:
    """Run the named benchmarks, or all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers", type=Path, help="a folder with an environment for each tool")
    arguments = parser.parse_args()
    results = []
    columns = (
        "benchmark",
        "rows checked",
        "ours s",
        "floor s",
        "ratio",
        "must",
        "CPU ratio",
        "peak MiB",
    )
    sys.stdout.write(f"| {' | '.join(columns)} | peak / input | must |\n")
    sys.stdout.write("|---" + "|---:" * 9 + "|\n")
    for name in arguments.names or [n for n, b in BENCHMARKS.items() if not b.takes_long]:
        with tempfile.TemporaryDirectory() as folder:
            for variable, kept in (("XDG_CACHE_HOME", "caches"), ("XDG_STATE_HOME", "state")):
                os.environ[variable] = f"{folder}/{kept}"
            found = _run(name, BENCHMARKS[name], arguments.runs, Path(folder), arguments.peers)
        if found is None:
            sys.stdout.write(f"| {name}: skipped, --peers has no such tool |\n")
            continue
        results.append(found)
        sys.stdout.write(
            "| {about} | {rows} | {ours:.2f} | {floor:.2f} | {ratio:.3f} | {must:.3g} |"
            " {cpu_ratio:.3f} | {peak_mib:.0f} | {memory} | {most_memory} |\n".format(
                **_shown(found)
            )
        )
        sys.stdout.flush()
    sys.stdout.writelines(f"\n{result['more']}" for result in results if result["more"])
    growth = _growth(results)
    if growth:
        sys.stdout.write(f"\n{growth}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
