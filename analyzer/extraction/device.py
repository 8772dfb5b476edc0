"""What extraction yields: one volume or snapshot, and the decision about it."""

from __future__ import annotations

import msgspec

from analyzer.core.chain import Request
from analyzer.core.images import CopiedImage, ListedImage
from analyzer.core.launches import InstanceImage, Launch
from analyzer.core.model import Outcome, Place
from analyzer.core.values import ABSENT, Datum, Origin
from analyzer.core.worlds import Decide
from analyzer.sources.document import Resource

__all__ = ["Device"]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One volume or snapshot that the input makes, and the decision about it.

    `device` is the device name, `None` for a stand-alone volume or snapshot. `decide` is
    the decision in one world. `requested` holds the data of the request as written.
    `launch` tells several launches of one resource apart. `launcher` is the principal
    that needs the key. `subject` is what is decided, for whoever explains it: a launch, a
    request, or an image; `None` where there is nothing to look into. `before` is the state of
    the device that this one replaces.
    """

    resource: Resource
    device: str | None
    root: bool
    kind: str
    operation: str
    place: Place
    decide: Decide[Outcome]
    encrypted: Datum = ABSENT
    kms_key_id: Datum = ABSENT
    origin: Origin
    launch: str = ""
    launcher: str = "the caller"
    notes: tuple[str, ...] = ()
    existing: bool = False
    before: Outcome | None = None
    subject: Launch | Request | CopiedImage | InstanceImage | ListedImage | None = None
