"""Short words for what the core decides about: sources, images, mappings, launches."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.core.chain import EMPTY, Existing, Request, Source
from analyzer.core.decision import Decision, judge
from analyzer.core.devices import SIZED, BlockDevice
from analyzer.core.facts import Known
from analyzer.core.images import CopiedImage, Image, ListedImage
from analyzer.core.launches import Launch, Layer
from analyzer.core.model import Operation, Outcome, Place
from analyzer.core.values import ABSENT, Datum, Given
from analyzer.core.worlds import World

__all__ = [
    "DATA",
    "HERE",
    "KEY",
    "XVDA",
    "answers",
    "copied",
    "decided",
    "device",
    "launch",
    "launched",
    "layer",
    "listed",
    "remaining",
    "request",
    "snapshot",
]

HERE = Place(account="111122223333", region="eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
XVDA = "/dev/xvda"
DATA = "/dev/sdb"

_FLAGS: dict[str, Datum] = {"true": Given(True), "false": Given(False), "absent": ABSENT}


def snapshot(
    state: str | None, owner: str | None = "self", *, name: str = "snap-1", missing: bool = False
) -> Existing:
    """A snapshot from outside; `None` leaves its state or owner to a fact."""
    return Existing(
        kind="snapshot",
        scope=name,
        owned=name,
        what=name,
        encrypted=state,
        belongs_to=owner,
        may_be_missing=missing,
    )


def device(
    name: str,
    source: Source | None = None,
    *,
    encrypted: str = "absent",
    key: str | None = None,
    sized: bool = False,
    removed: bool = False,
    virtual: str | None = None,
) -> BlockDevice:
    """One mapping, as somebody writes it."""
    return BlockDevice(
        name=name,
        source=source,
        encrypted=_FLAGS[encrypted],
        kms_key_id=Given(key) if key else ABSENT,
        sized=(SIZED,) if sized else (),
        no_device=Given(True) if removed else ABSENT,
        virtual_name=Given(virtual) if virtual else ABSENT,
    )


def listed(*devices: BlockDevice, root: str | None = XVDA, registered: bool = False) -> ListedImage:
    """An image whose mappings are known."""
    return ListedImage(
        what="ami-1", root=root, devices=devices, registered=registered, address="aws_ami.it"
    )


def layer(*devices: BlockDevice, what: str = "request", replaces: bool = False) -> Layer:
    """The mappings of a launch template or a request."""
    return Layer(what=what, devices=devices, replaces=replaces)


def launch(image: Image, *layers: Layer) -> Launch:
    """A launch of an image in `HERE`."""
    return Launch(address="aws_instance.it", image=image, layers=layers, place=HERE)


def request(
    operation: Operation,
    source: Source = EMPTY,
    *,
    encrypted: str = "absent",
    key: str | None = None,
    address: str = "it",
    place: Place = HERE,
    same_region: str = "yes",
) -> Request:
    """A request in `HERE` for one volume or snapshot."""
    return Request(
        operation=operation,
        place=place,
        address=address,
        encrypted=_FLAGS[encrypted],
        kms_key_id=Given(key) if key else ABSENT,
        source=source,
        same_region=Given(same_region),
    )


def copied(
    image: Image,
    *,
    encrypted: str = "absent",
    key: str | None = None,
    address: str = "aws_ami_copy.it",
) -> CopiedImage:
    """A copy of an image within `HERE`."""
    parameters = request(Operation.COPY_IMAGE, encrypted=encrypted, key=key, address=address)
    return CopiedImage(image=image, request=parameters)


def decided(decide: Callable[[World], Outcome], **known: str) -> Decision:
    """The decision with some facts known; `OQ_n` stands for `OQ-n`."""
    return judge(decide, Known(answers(known)))


def launched(what: Launch, name: str, **known: str) -> Decision:
    """The decision about one device of a launch."""
    return decided(lambda world: what.decide(name, world), **known)


def answers(known: dict[str, str]) -> dict[str, str]:
    """Facts by name; `OQ_n` stands for `OQ-n`."""
    return {name.replace("OQ_", "OQ-"): answer for name, answer in known.items()}


def remaining(decision: Decision) -> set[str]:
    """What may become of the device, in the tables' words; `none` if there is none."""
    return {outcome.symbol for outcome in decision.outcomes} or {"none"}
