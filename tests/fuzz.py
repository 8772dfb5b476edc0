"""`python -m tests.fuzz TARGET [--seconds N]`: guided random bytes against one reader, by atheris.

The seeds are the fixtures. Whatever a file holds, a run ends with a report: any exception is a
finding, and so is an input that takes longer than `TIMEOUT` seconds; atheris leaves it in a file.
Needs `pip install --group fuzz`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
TIMEOUT = 10
_MOST_SEED = 64 * 1024

#: For each reader, what its file is called, and which fixtures are its seeds.
TARGETS = {
    "plan": ("plan.json", "terraform/*/plan.json"),
    "template": ("template.yaml", "cloudformation/*/*.yaml"),
    "source": ("main.tf", "terraform/**/*.tf"),
    "facts": ("facts.yaml", "facts/*.yaml"),
}


def seeds(target: str) -> Iterator[bytes]:
    """The fixtures of a reader that are small enough to be changed usefully."""
    for path in sorted(FIXTURES.glob(TARGETS[target][1])):
        if path.stat().st_size <= _MOST_SEED:
            yield path.read_bytes()


def reader(target: str, folder: Path) -> Callable[[bytes], None]:
    """What analyzes the bytes of one file; it raises only what is a fault."""
    from analyzer.engine import analyze
    from analyzer.errors import InputError
    from analyzer.knowledge.file import parse_facts

    path = folder / TARGETS[target][0]

    def read(data: bytes) -> None:
        if target == "facts":
            try:
                parse_facts(path.name, data)
            except InputError:
                return
        else:
            path.write_bytes(data)
            analyze([str(folder if target == "source" else path)])

    return read


def main() -> None:
    """Fuzz one reader until the time is over or something is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    try:
        import atheris
    except ImportError:
        parser.error("atheris is not installed: pip install --group fuzz")
    with tempfile.TemporaryDirectory() as made:
        corpus, folder = Path(made, "corpus"), Path(made, "input")
        corpus.mkdir()
        folder.mkdir()
        for number, data in enumerate(seeds(arguments.target)):
            (corpus / str(number)).write_bytes(data)
        with atheris.instrument_imports(include=["analyzer", "hcl2"]):
            read = reader(arguments.target, folder)
        options = (f"-max_total_time={arguments.seconds}", f"-timeout={TIMEOUT}", str(corpus))
        atheris.Setup([sys.argv[0], *options], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
