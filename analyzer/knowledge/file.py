"""The facts file: what a user knows about accounts, images, snapshots and keys.

It answers the very facts that a report asks for, by what they are about or by their own names
(`facts`), each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

import msgspec

from analyzer.core.facts import Fact
from analyzer.core.keys import key_names
from analyzer.errors import InputError
from analyzer.knowledge.answers import normal_answer
from analyzer.knowledge.contents import Device, Facts, Image, Key, Region
from analyzer.knowledge.located import Node, decode
from analyzer.knowledge.sources import Told
from analyzer.knowledge.typed import Places, read
from analyzer.limits import Limits
from analyzer.text import shown

__all__ = ["KEY_PARTS", "FactsFile", "parse_facts", "read_facts"]

_ACCOUNT = re.compile(r"[0-9]{12}")
#: Owners that DescribeImages and DescribeSnapshots have words for (EC2 API, owner aliases).
_OWNERS = ("self", "other", "amazon", "aws-marketplace", "aws-backup-vault", "microsoft")

#: An answer with the names that lead to it in the file.
Found = tuple[str, tuple[str, ...]]


def read_facts(path: str, limits: Limits = Limits()) -> FactsFile:
    """The facts file at a path that the user named.

    Raises:
        InputError: it cannot be read, is not YAML or JSON, has a name or value that no facts
            file has, or contradicts itself where that leaves no meaning; with line and column.
    """
    from analyzer.files import Kind, Root

    return parse_facts(path, Root(path, limits).read(path, Kind.SETTINGS), limits)


def parse_facts(path: str, data: bytes, limits: Limits = Limits()) -> FactsFile:
    """The facts in the bytes of a file; raises `InputError` as `read_facts` does."""
    root = decode(path, data, limits)
    if root.value is None:
        root = Node({}, root.line, root.column)
    facts, places = read(path, root, Facts)
    found = FactsFile(path, facts, places)
    _check_values(found)
    return found


def _check_values(file: FactsFile) -> None:
    """Refuse what no fact can be: a wrong answer to a well-known question."""
    for name, answer in file.facts.facts.items():
        try:
            file.facts.facts[name] = normal_answer(name, answer)
        except ValueError as error:
            raise file.error(("facts", name), str(error)) from None
    _check_names(file)
    for name, image in file.facts.images.items():
        for device, held in (image.devices or {}).items():
            if image.public and _state_of(held) == "encrypted":
                raise file.error(
                    ("images", name, "devices", device),
                    f"{shown(name)} is public, and a public image holds no encrypted snapshot",
                )


def _check_names(file: FactsFile) -> None:
    """Refuse accounts, owners, aliases and policies that cannot be any."""
    facts = file.facts
    if facts.account is not None and not _ACCOUNT.fullmatch(facts.account):
        raise file.error(("account",), "account must be a number of 12 digits", "quote it")
    for kind, things in (("images", facts.images), ("snapshots", facts.snapshots)):
        for name, thing in things.items():
            owner = thing.owner
            if owner is None or owner in _OWNERS or _ACCOUNT.fullmatch(owner):
                continue
            near = get_close_matches(owner, _OWNERS, n=1)
            raise file.error(
                (kind, name, "owner"),
                f"{kind} > {shown(name)} > owner must be an account's number or one of "
                f"{', '.join(_OWNERS)}",
                f"did you mean {near[0]}?" if near else "",
            )
    for name in facts.aliases:
        if "alias/" not in name:
            hint = f"did you mean alias/{shown(name)}?"
            raise file.error(("aliases", name), f"{shown(name)} is no alias's name", hint)
    for name, key in facts.keys.items():
        if isinstance(key.policy, str) and not _is_object(key.policy):
            raise file.error(("keys", name, "policy"), "this text is no policy in JSON")


def _is_object(text: str) -> bool:
    """Whether a text is a JSON object, of no more levels than a policy has."""
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _state_of(held: str | Device) -> str | None:
    if isinstance(held, Device):
        return held.state
    return "none" if held == "instance-store" else held


class FactsFile:
    """A facts file that was read: answers facts, each with its line."""

    def __init__(self, path: str, facts: Facts, places: Places) -> None:
        self.path = path
        self.facts = facts
        self.places = places
        self._tell: Mapping[str, Callable[[Fact], Found | None]] = {
            "encryption_by_default": self._encryption_by_default,
            "default_key": self._default_key,
            "default_key_id": self._default_key_id,
            "image": self._image,
            "image_key": self._image_key,
            "image_devices": self._image_devices,
            "root_device_name": self._root_device_name,
            "root_device_type": self._root_device_type,
            "other_devices_encrypted": self._other_devices_encrypted,
            "owner": self._owner,
            "snapshot": self._snapshot,
            "snapshot_key": self._snapshot_key,
            "volume": self._volume,
            "volume_key": self._volume_key,
            "alias": self._alias,
            "role": self._role,
            "key_policy": self._key_policy,
            "key_grants": self._key_grants,
            **{f"key_{name}": self._key_part(name) for name in KEY_PARTS},
        }
        self._keys = {alike: name for name in facts.keys for alike in key_names(name)}

    def error(self, at: tuple[str, ...], message: str, hint: str = "") -> InputError:
        """An error about something in the file, with its line and column."""
        line, column = self.places.get(at, (None, None))
        return InputError(self.path, "facts-value", message, line=line, column=column, hint=hint)

    def tell(self, fact: Fact) -> Told | None:
        """The answer to a fact, with its line.

        By a name of it, else by what it is about, else by its kind for every scope.
        """
        named = self.facts.facts
        for name in fact.names:
            if name in named:
                return self._told(named[name], ("facts", name))
        about = self.tell_about(fact)
        if about is not None:
            return about
        if fact.kind != "value" and fact.kind in named:
            return self._told(named[fact.kind], ("facts", fact.kind))
        return None

    def tell_about(self, fact: Fact) -> Told | None:
        """The answer to a fact by what it is about, not by its name."""
        about = self._tell.get(fact.kind)
        found = about(fact) if about is not None else None
        return self._told(*found) if found is not None else None

    def contents(self) -> object:
        """The file's name, what is in it, and where."""
        return self.path, self.facts, list(self.places.items())

    def report(self) -> list[str]:
        """Nothing: a facts file may know more than one run asks for."""
        return []

    def place(self, at: tuple[str, ...]) -> tuple[int | None, int | None]:
        """The line and column of something in the file."""
        return self.places.get(at, (None, None))

    def key(self, ref: str) -> tuple[str, Key] | None:
        """The key that a reference names, under its name in the file."""
        for alike in key_names(ref):
            name = self._keys.get(alike)
            if name is not None:
                return name, self.facts.keys[name]
        return None

    def _told(self, answer: str, at: tuple[str, ...]) -> Told:
        line, column = self.place(at)
        return Told(answer=answer, source="facts file", path=self.path, line=line, column=column)

    # -- accounts and Regions ------------------------------------------------------------

    def home(self) -> str | None:
        """The account of the input's ordinary credentials, as far as the file tells."""
        facts = self.facts
        if facts.account is not None:
            return facts.account
        numbers = [name for name in facts.accounts if name.isdigit()]
        return numbers[0] if len(numbers) == 1 else None

    def _region(self, label: str) -> tuple[Region, tuple[str, ...]] | None:
        """The settings for a place, by its label (`111122223333/eu-west-1`, `eu-west-1`)."""
        account, _, region = label.rpartition("/")
        accounts = self.facts.accounts
        wanted = account or self.home() or ""
        name = wanted if wanted in accounts else "*"
        found = accounts.get(name)
        if found is None:
            return None
        place = region if region in found.regions else "*"
        settings = found.regions.get(place)
        return (settings, ("accounts", name, "regions", place)) if settings is not None else None

    def _encryption_by_default(self, fact: Fact) -> Found | None:
        found = self._region(fact.scope)
        if found is None or found[0].encryption_by_default is None:
            return None
        value = found[0].encryption_by_default
        on = value if isinstance(value, bool) else value == "on"
        return "on" if on else "off", (*found[1], "encryption_by_default")

    def _default_key(self, fact: Fact) -> Found | None:
        found = self._region(fact.scope)
        key = found[0].default_key if found is not None else None
        if found is None or key is None:
            return None
        listed = self.key(key)
        by_aws = key == "aws_managed" or key.endswith("alias/aws/ebs")
        if by_aws or (listed is not None and listed[1].manager == "aws"):
            return "aws_managed", (*found[1], "default_key")
        return "customer_managed", (*found[1], "default_key")

    def _default_key_id(self, fact: Fact) -> Found | None:
        found = self._region(fact.scope)
        key = found[0].default_key if found is not None else None
        if found is None or key in (None, "aws_managed", "customer_managed"):
            return None
        return str(key), (*found[1], "default_key")

    # -- images, snapshots, volumes ------------------------------------------------------

    def _held(self, scope: str) -> tuple[Image, str | Device | None, tuple[str, ...]] | None:
        """An image, and what it maps at the device of a scope `IMAGE:DEVICE`."""
        name, _, device = scope.rpartition(":")
        image = self.facts.images.get(name)
        if image is None:
            return None
        at: tuple[str, ...] = ("images", name)
        root = image.root_device_name
        for other in (device, root if device == "root" else None, "root" if device == root else ""):
            if other and image.devices is not None and other in image.devices:
                return image, image.devices[other], (*at, "devices", other)
        return image, None, at

    def _image(self, fact: Fact) -> Found | None:
        found = self._held(fact.scope)
        if found is None:
            return None
        image, held, at = found
        if isinstance(held, Device) and held.state is None and held.snapshot is not None:
            listed = self.facts.snapshots.get(held.snapshot)
            if listed is not None and listed.encrypted is not None:
                return _word(listed.encrypted), ("snapshots", held.snapshot, "encrypted")
        state = _state_of(held) if held is not None else None
        if state is not None:
            return state, at
        if held is None and image.devices is not None and not fact.scope.endswith(":root"):
            return "none", (*at, "devices")
        return ("unencrypted", (*at, "public")) if image.public else None

    def _image_key(self, fact: Fact) -> Found | None:
        found = self._held(fact.scope)
        if found is None or not isinstance(found[1], Device):
            return None
        held, at = found[1], found[2]
        if held.key is not None:
            return held.key, (*at, "key")
        listed = self.facts.snapshots.get(held.snapshot) if held.snapshot else None
        if listed is not None and listed.key is not None:
            return listed.key, ("snapshots", str(held.snapshot), "key")
        return None

    def _image_devices(self, fact: Fact) -> Found | None:
        image = self.facts.images.get(fact.scope)
        if image is None or image.devices is None:
            return None
        names = (
            image.root_device_name if name == "root" and image.root_device_name else name
            for name, held in image.devices.items()
            if _state_of(held) != "none"
        )
        return " ".join(dict.fromkeys(names)), ("images", fact.scope, "devices")

    def _root_device_name(self, fact: Fact) -> Found | None:
        image = self.facts.images.get(fact.scope)
        if image is None or image.root_device_name is None:
            return None
        return image.root_device_name, ("images", fact.scope, "root_device_name")

    def _root_device_type(self, fact: Fact) -> Found | None:
        image = self.facts.images.get(fact.scope)
        if image is None or image.root_device_type is None:
            return None
        return image.root_device_type, ("images", fact.scope, "root_device_type")

    def _other_devices_encrypted(self, fact: Fact) -> Found | None:
        image = self.facts.images.get(fact.scope)
        if image is None or not image.public:
            return None
        return "no", ("images", fact.scope, "public")

    def _owner(self, fact: Fact) -> Found | None:
        name = fact.scope
        image = self.facts.images.get(name)
        if image is not None:
            if image.owner is not None:
                return self._whose(image.owner, ("images", name, "owner"))
            return ("other", ("images", name, "public")) if image.public else None
        snapshot = self.facts.snapshots.get(name)
        if snapshot is not None and snapshot.owner is not None:
            return self._whose(snapshot.owner, ("snapshots", name, "owner"))
        return None

    def _whose(self, owner: str, at: tuple[str, ...]) -> Found | None:
        """`self` or `other`; an account of ours that is not the one that asks is not told."""
        if owner in ("self", "other"):
            return owner, at
        home = self.home()
        if home is not None:
            return ("self" if owner == home else "other"), at
        return None if owner in self.facts.accounts or owner.isdigit() else ("other", at)

    def _snapshot(self, fact: Fact) -> Found | None:
        found = self.facts.snapshots.get(fact.scope)
        if found is None:
            return None
        if found.encrypted is not None:
            return _word(found.encrypted), ("snapshots", fact.scope, "encrypted")
        return ("unencrypted", ("snapshots", fact.scope, "public")) if found.public else None

    def _snapshot_key(self, fact: Fact) -> Found | None:
        found = self.facts.snapshots.get(fact.scope)
        if found is None or found.key is None:
            return None
        return found.key, ("snapshots", fact.scope, "key")

    def _volume(self, fact: Fact) -> Found | None:
        found = self.facts.volumes.get(fact.scope)
        if found is None or found.encrypted is None:
            return None
        return _word(found.encrypted), ("volumes", fact.scope, "encrypted")

    def _volume_key(self, fact: Fact) -> Found | None:
        found = self.facts.volumes.get(fact.scope)
        if found is None or found.key is None:
            return None
        return found.key, ("volumes", fact.scope, "key")

    # -- keys ----------------------------------------------------------------------------

    def _alias(self, fact: Fact) -> Found | None:
        """The key behind an alias; the scope is its name, or its ARN."""
        for name in (fact.scope, fact.scope.partition("@")[0]):
            if name in self.facts.aliases:
                return self.facts.aliases[name], ("aliases", name)
        return None

    def _role(self, fact: Fact) -> Found | None:
        """The ARN of a principal that launches, by the report's name for it."""
        arn = self.facts.roles.get(fact.scope)
        return (arn, ("roles", fact.scope)) if arn is not None else None

    def _key_policy(self, fact: Fact) -> Found | None:
        """A key's policy, as JSON text."""
        found = self.key(fact.scope)
        policy = found[1].policy if found is not None else None
        if found is None or policy is None:
            return None
        told = policy if isinstance(policy, str) else msgspec.json.encode(policy).decode()
        return told, ("keys", found[0], "policy")

    def _key_grants(self, fact: Fact) -> Found | None:
        """All grants on a key, as JSON text."""
        found = self.key(fact.scope)
        if found is None or found[1].grants is None:
            return None
        return msgspec.json.encode(found[1].grants).decode(), ("keys", found[0], "grants")

    def _key_part(self, part: str) -> Callable[[Fact], Found | None]:
        def told(fact: Fact) -> Found | None:
            found = self.key(fact.scope)
            value = getattr(found[1], part) if found is not None else None
            if found is None or value is None:
                return None
            return str(value).upper() if part == "manager" else str(value), (
                "keys",
                found[0],
                part,
            )

        return told


#: What of a key is a fact of its own.
KEY_PARTS = ("region", "manager", "usage", "spec", "state")


def _word(encrypted: bool) -> str:
    return "encrypted" if encrypted else "unencrypted"
