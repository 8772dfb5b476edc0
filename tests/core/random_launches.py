"""`python -m tests.core.random_launches NUMBER`: random launches, and random worlds for each."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from analyzer.core.chain import EMPTY, Made, OneOf, Settings, Source
from analyzer.core.decision import judge
from analyzer.core.devices import ROOT, SIZED, BlockDevice
from analyzer.core.facts import Fact, Impossible, Known, Undetermined
from analyzer.core.images import Image, ImageChoice, ListedImage, UnknownImage
from analyzer.core.launches import InstanceImage, Launch, LaunchedVolume, Layer
from analyzer.core.model import Operation, Outcome
from analyzer.core.sharing import Shared, SharedImage
from analyzer.core.values import ABSENT, Choice, Datum, Given, Unknown
from analyzer.core.worlds import World

from .building import DATA, KEY, XVDA, copied, launch, request, snapshot

__all__ = ["contradicted"]

_NAMES = (ROOT, XVDA, DATA, "/dev/sdf", "device named by it")
_COIN = Fact("value", "coin", ("heads", "tails"), "Heads or tails?")
_OWNER = Fact("owner", "ours", ("self", "other"), "Whose is it?")
_BY_DEFAULT = Choice(_COIN, {"heads": Given("on"), "tails": ABSENT})
_FLAGS: tuple[Datum, ...] = (
    ABSENT,
    Given(True),
    Given(False),
    Unknown("flag"),
    Unknown("sure", nullable=False),
)


def _in_one_world(what: Launch, name: str, rng: random.Random) -> tuple[Outcome, dict[Fact, str]]:
    """What becomes of a device where every question that comes up is answered at random.

    Raises `Impossible` where the answers contradict each other.
    """
    assumed: dict[Fact, str] = {}
    while True:
        try:
            return what.decide(name, World(Known({}), assumed)), assumed
        except Undetermined as question:
            assumed[question.fact] = rng.choice(question.fact.domain)


class _Maker:
    """Makes launches of images, some of them made of launches themselves."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made = 0

    def address(self) -> str:
        self.made += 1
        return f"it.{self.made}"

    def source(self, depth: int) -> Source | None:
        kind = self.rng.randrange(10)
        if kind < 4:
            return None
        if kind > 7 and depth:
            inner = self.source(depth - 1) or EMPTY
            if kind == 8:
                return Shared(inner, self.rng.choice((None, _OWNER)))
            return OneOf(_COIN, {"heads": inner, "tails": self.source(depth - 1) or EMPTY})
        if kind == 4 and depth:
            return LaunchedVolume(launch=self.launch(depth - 1))
        if kind == 5 and depth:
            flag = self.rng.choice(("true", "false", "absent"))
            inner = self.source(depth - 1) or snapshot(None, None, name=self.address())
            what = request(Operation.COPY_SNAPSHOT, inner, encrypted=flag, address=self.address())
            return Made(what)
        state = self.rng.choice((None, "encrypted", "unencrypted"))
        owner = self.rng.choice((None, "self", "other"))
        name = f"snap-{self.rng.randrange(3)}-{state}-{owner}"
        return snapshot(state, owner, name=name, missing=self.rng.random() < 0.3)

    def device(self, depth: int, name: str) -> BlockDevice:
        rng = self.rng
        return BlockDevice(
            name=name,
            encrypted=rng.choice(_FLAGS),
            kms_key_id=rng.choice((ABSENT, ABSENT, Given(KEY), Unknown("key"))),
            source=self.source(depth),
            no_device=Given(True) if rng.random() < 0.08 else ABSENT,
            virtual_name=Given("ephemeral0") if rng.random() < 0.05 else ABSENT,
            sized=rng.choice(((), (SIZED,), (Unknown("size"),))),
            when=((_COIN, rng.choice(_COIN.domain)),) if rng.random() < 0.2 else (),
            open_name=name == _NAMES[-1],
        )

    def devices(self, depth: int, most: int) -> Iterator[BlockDevice]:
        for name in self.rng.sample(_NAMES, self.rng.randint(0, most)):
            yield self.device(depth, name)

    def image(self, depth: int) -> Image:
        rng = self.rng
        kind = rng.randrange(7) if depth else rng.randrange(2)
        if kind == 0:
            number = rng.randrange(2)
            return UnknownImage(id=f"ami-{number}", what=f"ami-{number}", public=number == 1)
        if kind == 1:
            address = self.address()
            root = rng.choice((XVDA, None))
            mapped = [d for d in self.devices(max(0, depth - 1), 3) if not d.open_name]
            devices = [replace(d, no_device=ABSENT) for d in mapped]
            return ListedImage(
                what=address,
                root=root,
                devices=tuple(devices),
                registered=rng.random() < 0.5,
                complete=rng.random() < 0.7,
                address=address,
            )
        if kind == 2:
            return InstanceImage(launch=self.launch(depth - 1), address=self.address())
        if kind == 3:
            branches = {answer: self.image(depth - 1) for answer in _COIN.domain}
            return ImageChoice(fact=_COIN, branches=branches)
        if kind == 4:
            return SharedImage(self.image(depth - 1), rng.choice((None, _OWNER)))
        flag = rng.choice(("true", "false", "absent"))
        key = KEY if rng.random() < 0.3 else None
        return copied(self.image(depth - 1), encrypted=flag, key=key, address=self.address())

    def launch(self, depth: int) -> Launch:
        layers = [
            Layer(
                what=f"layer {number}",
                devices=tuple(self.devices(depth, 3)),
                replaces=number == 1 and self.rng.random() < 0.5,
            )
            for number in range(self.rng.randint(0, 2))
        ]
        settings = Settings(
            encryption_by_default=self.rng.choice((ABSENT, ABSENT, Given("on"), _BY_DEFAULT)),
            default_key=self.rng.choice((ABSENT, ABSENT, Given(KEY), Unknown("default key"))),
        )
        made = launch(self.image(depth), *layers)
        return replace(made, address=self.address(), settings=settings)


def contradicted(number: int, seed: int = 7, worlds: int = 4) -> tuple[list[str], int, int]:
    """What a world contradicts; how many devices there were, and how many definite ones."""
    rng = random.Random(seed)  # noqa: S311 - the same launches for one seed are what is wanted
    wrong: list[str] = []
    devices = definite = 0
    for count in range(number):
        what = _Maker(rng).launch(rng.choice((1, 1, 1, 2)))
        for name in what.names(Known({})):
            found = judge(partial(what.decide_all, name), Known({}))
            devices += 1
            definite += found.verdict != "depends"
            possible = {(o.symbol, o.outcome, o.code, o.key) for o in found.outcomes}
            for _ in range(0 if found.exhausted else worlds):
                try:
                    one, answers = _in_one_world(what, name, rng)
                except Impossible:
                    continue
                told = (one.symbol, one.outcome, one.code, one.key)
                if one.outcome != "none" and told not in possible:
                    names = {fact.name: answer for fact, answer in answers.items()}
                    wrong.append(f"launch {count} of seed {seed}: {name}, {told} in {names}")
    return wrong, devices, definite


if __name__ == "__main__":
    wrong, devices, definite = contradicted(int(sys.argv[1]), *map(int, sys.argv[2:]))
    sys.stdout.write("".join(f"{line}\n" for line in wrong[:20]))
    sys.stdout.write(f"{devices} devices, {definite} definite, {len(wrong)} contradicted\n")
    sys.exit(1 if wrong else 0)
