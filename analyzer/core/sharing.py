"""What one account makes and another one uses: the same thing, with another owner.

Who owns a snapshot decides which key a volume of it gets (rows RI-7, CV-6): another
account's snapshot is encrypted anew, with the default key of whoever uses it.
"""

from __future__ import annotations

from dataclasses import replace

from analyzer.core.chain import EMPTY, Empty, Source
from analyzer.core.devices import BlockDevice
from analyzer.core.facts import Fact
from analyzer.core.images import Image, OfImage
from analyzer.core.model import Key, Outcome, Place
from analyzer.core.records import dataclass
from analyzer.core.worlds import World

__all__ = ["Shared", "SharedImage", "image_itself", "itself", "shared", "shared_image"]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A snapshot or volume of another account; with `asks`, of one that may be another."""

    source: Source
    asks: Fact | None = None

    def refusal(self, world: World) -> Outcome | None:
        return self.source.refusal(world)

    def state(self, world: World) -> str:
        return self.source.state(world)

    def owner(self, world: World) -> str:
        return "other" if self.asks is None else world.ask(self.asks)

    def key(self, world: World) -> Key | None:
        return self.source.key(world)


@dataclass(frozen=True, slots=True, eq=False)
class SharedImage(OfImage):
    """An image of another account; with `asks`, of one that may be another."""

    asks: Fact | None = None

    @property
    def label(self) -> str:
        return self.image.label

    def may_hide_encrypted(self, world: World) -> bool:
        return self.image.may_hide_encrypted(world)

    def refusal(self, world: World) -> Outcome | None:
        return self.image.refusal(world)

    def device(self, name: str, world: World) -> BlockDevice | None:
        device = self.image.device(name, world)
        if device is None or device.source is None:
            return device
        return replace(device, source=Shared(device.source, self.asks))


def shared(source: Source, what: str, made_in: Place, used_in: Place) -> Source:
    """A source as it is seen from another place."""
    if source is EMPTY or isinstance(source, Empty) or _is_same(made_in, used_in):
        return source
    return Shared(source, _question(what, made_in, used_in))


def shared_image(image: Image, what: str, made_in: Place, used_in: Place) -> Image:
    """An image as it is seen from another place."""
    if _is_same(made_in, used_in):
        return image
    return SharedImage(image, _question(what, made_in, used_in))


def itself(source: Source) -> Source:
    """A source as its maker sees it."""
    while isinstance(source, Shared):
        source = source.source
    return source


def image_itself(image: Image) -> Image:
    """An image as its maker sees it."""
    while isinstance(image, SharedImage):
        image = image.image
    return image


def _is_same(one: Place, other: Place) -> bool:
    if one.account and other.account:
        return one.account == other.account
    return one.credentials == other.credentials


def _question(what: str, made_in: Place, used_in: Place) -> Fact | None:
    """The fact that tells whether two accounts are one, where their numbers do not."""
    if made_in.account and used_in.account:
        return None
    return Fact(
        "owner",
        what,
        ("self", "other"),
        f"Is {what} made in the account that uses it, or in another one?",
    )
