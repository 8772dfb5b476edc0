"""Whether a report agrees with what a generator meant, device by device."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath
from typing import Any

__all__ = ["check"]

_INDEX = re.compile(r"\[(\d+)\]")
#: The letters that generators end device names with, by the block that they stand in.
_LETTERS = {
    "block_device_mappings": "abc",
    "BlockDeviceMappings": "abc",
    "LaunchTemplateData.BlockDeviceMappings": "abc",
}
_NAMED = {"true_cmk_ref", "true_cmk_arn", "true_cmk_param"}


def check(report: Path, truth: Path) -> tuple[int, list[str]]:
    """The number of rows that were checked, and a line for each that disagrees.

    A row says where a device is described and what was meant: a named key, the default key,
    false or nothing, or something that hangs on a variable. Snapshots of volumes follow
    their volume; templates that stay as they are make nothing.
    """
    meant = list(_rows(truth))
    files = {file for file, *_ in meant}
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    named: dict[str, list[dict[str, Any]]] = {}  # devices with names of their own, by block
    for device in json.loads(report.read_bytes())["devices"]:
        file = _file(device["input"], files)
        if not device["root"]:
            named.setdefault(_block(device["address"]), []).append(device)
        names = {device["device"] or "", "root" if device["root"] else device["device"] or ""}
        for address in {device["address"], _block(device["address"])}:
            for name in names:
                found.setdefault((file, address, name), []).append(device)
    wrong: list[str] = []
    rows = 0
    for file, address, name, state, action in meant:
        if action == "no-op" and "aws_launch_template" in address:
            continue
        if name == "dynamic" and address not in named:
            continue  # its list is empty by default
        rows += 1
        devices = found.get((file, address, name)) or (
            named.get(address) if name == "dynamic" else None
        )
        if not devices:
            wrong.append(f"missing: {file} {address} {name} ({state})")
            continue
        wrong.extend(
            f"{state} {action}: {file} {d['address']} {name} is {d['verdict']}"
            for d in devices
            if not _agrees(d, state, action)
        )
    return rows, wrong


def _block(address: str) -> str:
    """An address without indices: what source files say of a block, all its instances are."""
    return re.sub(r"\[[^\]]*\]", "", address)


def _file(read: str, files: AbstractSet[str]) -> str:
    """The template of the truth that a report names, as it was read; else the whole input."""
    path = PurePath(read)
    return next((f for f in (path.name, f"{path.parent.name}/{path.name}") if f in files), "")


def _rows(truth: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Each row's template, address, device, state and action.

    Plans and Terraform sources are one input, whatever their files.
    """
    for line in truth.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) == 4:
            address, path, state, action = cells
            yield "", address, _device(path), state, action
        else:
            file, place, state = cells
            address, _, path = place.replace(":", " ", 1).partition(" ")
            if file.startswith("modules/"):
                yield "", f"module.{file.split('/')[1]}.{address}", _named(path), state, "create"
            else:
                yield file, address, _device(path), state, "create"


def _named(path: str) -> str:
    """The device of a path in the generated source, whose templates map one by its own name."""
    if path == "dynamic":  # one device for each item of a variable
        return path
    return "/dev/sda1" if path.startswith("block_device_mappings") else _device(path)


def _device(path: str) -> str:
    """The name of the device that a path of a body describes, as the generators give them."""
    if not path or path == "root_block_device[0]":
        return "root" if path else ""
    found = _INDEX.search(path)
    index = int(found[1]) if found else 0
    letters = _LETTERS.get(path.partition("[")[0], "fghij")
    return f"/dev/sd{letters[index]}"


def _is_one_of_many(device: dict[str, Any]) -> bool:
    """Whether the key is one of several instances of a block, named without an index.

    Terraform writes that for a splat or `one(...)`, which may be null: a generated plan means
    the key, and says less.
    """
    named = {o["key"]["ref"] or "" for o in device["outcomes"] if o["symbol"] == "REQUESTED"}
    return len(named) > 1 and len({_block(name) for name in named}) == 1


def _agrees(device: dict[str, Any], state: str, action: str) -> bool:
    symbols = {o["symbol"] for o in device["outcomes"]}
    verdict = device["verdict"]
    if state == "inherits_volume":  # what its volume is, or becomes
        return {o["outcome"] for o in device["outcomes"]} <= {"encrypted", "unencrypted"}
    if action == "no-op":
        return bool((verdict == "encrypted") == state.startswith("true"))
    if state in _NAMED:
        return symbols == {"REQUESTED"} or (verdict == "encrypted" and _is_one_of_many(device))
    if state == "true_cmk_var":  # a variable whose default is null: the default key
        return bool(verdict == "encrypted")
    if state == "true_default_key":
        return verdict == "encrypted" and "REQUESTED" not in symbols
    if state in ("false", "unset"):
        return "REQUESTED" not in symbols and verdict != "encrypted"
    return "unencrypted" in symbols or verdict == "encrypted"  # hangs on a variable


if __name__ == "__main__":
    json.dump(check(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
