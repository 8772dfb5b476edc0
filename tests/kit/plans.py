"""Hostile plans."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.kit import CANARY, Case

__all__ = ["cases"]

PLAIN = "aws_ebs_volume.plain"
SAFE = "aws_ebs_volume.safe"
#: What the plan below says.
STATES = {PLAIN: "unencrypted", SAFE: "encrypted"}
ASSUME = ("--assume", "encryption_by_default=off")
#: Deep beyond every limit, and beyond every stack.
DEPTHS = (200, 2_000, 200_000)


def volume(name: str, **after: object) -> dict[str, Any]:
    """A volume that is created."""
    return {
        "address": f"aws_ebs_volume.{name}",
        "mode": "managed",
        "type": "aws_ebs_volume",
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": {"availability_zone": "eu-west-1a", "size": 1, **after},
            "after_unknown": {"id": True, "arn": True},
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }


def plan() -> dict[str, Any]:
    """A plain volume and an encrypted one."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "variables": {"token": {"value": CANARY}},
        "planned_values": {"root_module": {}},
        "resource_changes": [
            volume("plain", encrypted=False, tags={"Name": CANARY}),
            volume("safe", encrypted=True, tags=None),
        ],
        "prior_state": {"format_version": "1.0", "values": {"root_module": {}}},
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {}}},
            "root_module": {
                "resources": [
                    {
                        "address": f"aws_ebs_volume.{name}",
                        "mode": "managed",
                        "type": "aws_ebs_volume",
                        "name": name,
                        "provider_config_key": "aws",
                        "expressions": {"encrypted": {"constant_value": name == "safe"}},
                        "schema_version": 0,
                    }
                    for name in ("plain", "safe")
                ],
                "variables": {"token": {"sensitive": True}},
            },
        },
        "relevant_attributes": [],
        "timestamp": "2026-01-01T00:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The plan with a change."""
    made = plan()
    change(made)
    return json.dumps(made).encode()


def _case(name: str, data: bytes, **more: Any) -> Case:
    args = (*ASSUME, *more.pop("args", ()))
    return Case(
        name=f"plan {name}", files={"plan.json": data}, paths=("plan.json",), args=args, **more
    )


def cases() -> Iterator[Case]:
    """All of them."""
    for made in (_bytes, _damage, _numbers, _depth, _width, _twice, _escapes, _shapes, _states):
        yield from made()


def _bytes() -> Iterator[Case]:
    good = json.dumps(plan()).encode()
    yield _case("as it is", good, states=STATES)
    yield _case("indented", json.dumps(plan(), indent=1).encode(), states=STATES)
    yield _case("with a byte order mark", b"\xef\xbb\xbf" + good, states=STATES)
    for name, data in {
        "nothing": b"",
        "blanks": b" \n\t\r\n",
        "a byte order mark alone": b"\xef\xbb\xbf",
        "two byte order marks": b"\xef\xbb\xbf" * 2 + good,
        "UTF-16": good.decode().encode("utf-16"),
        "UTF-16 LE without mark": good.decode().encode("utf-16-le"),
        "UTF-16 BE": good.decode().encode("utf-16-be"),
        "UTF-32": good.decode().encode("utf-32"),
        "NUL first": b"\0" + good,
        "NUL last": good + b"\0",
        "NUL in the middle": good.replace(b'"mode"', b'"mo\0de"'),
        "raw ESC in a text": good.replace(b"1.9.0", b"\x1b[31m"),
        "raw newline in a text": good.replace(b"1.9.0", b"\n::error::x"),
        "null": b"null",
        "a list": b"[]",
        "a text": b'"x"',
        "a number": b"1",
        "an empty object": b"{}",
        "two plans": good + good,
        "two plans in lines": good + b"\n" + good,
        "text after": good + b" x",
        "a comma too many": good[:-1] + b",}",
        "single quotes": good.replace(b'"', b"'"),
        "a comment": b"/* x */" + good,
        "gzip": b"\x1f\x8b" + good,
    }.items():
        yield _case(name, data, refused=True)
    for name, junk in {
        "latin-1": b"\xe9",
        "overlong": b"\xc0\xaf",
        "half a character": b"\xe2\x82",
        "a surrogate as UTF-8": b"\xed\xa0\x80",
        "0xFF": b"\xff",
    }.items():
        yield _case(f"{name} in a tag", good.replace(CANARY.encode(), junk), states=STATES)
        yield _case(
            f"{name} in an address", good.replace(b"volume.plain", b"volume." + junk), lies={}
        )
        yield _case(f"{name} in a version", good.replace(b"1.9.0", junk), states=STATES)
        yield _case(f"{name} in a key", good.replace(b'"Name"', b'"' + junk + b'"'), states=STATES)
        yield _case(
            f"{name} in a key's name",
            good.replace(b'"encrypted": true', b'"encrypted": true, "kms_key_id": "' + junk + b'"'),
            states={SAFE: "encrypted|rejected|depends"},
        )


#: Where an input is damaged, it may be refused; it may not become good.
_NEVER_GREEN = {PLAIN: "encrypted", SAFE: "unencrypted"}


def _damage() -> Iterator[Case]:
    good = json.dumps(plan()).encode()
    for at in range(1, len(good), len(good) // 25):
        yield _case(f"cut at {at}", good[:at], refused=True)


def _numbers() -> Iterator[Case]:
    odd = {
        "NaN": "NaN",
        "Infinity": "Infinity",
        "minus Infinity": "-Infinity",
        "1e999": "1e999",
        "5,000 digits": "9" * 5000,
        "a million digits": "1" * 1_000_000,
        "minus zero": "-0",
        "leading zero": "007",
        "a point alone": "1.",
        "many decimals": "0." + "3" * 10000,
        "a long exponent": "1e" + "9" * 5000,
        "hex": "0x10",
    }
    for name, number in odd.items():
        for place, key in {
            "a tag": '"Name": 0',
            "a size": '"size": 1',
            "the flag": '"encrypted": false',
            "a field nobody reads": '"schema_version": 0',
        }.items():
            text = json.dumps(plan()).replace(f'"Name": "{CANARY}"', '"Name": 0', 1)
            written = f"{key.partition(':')[0]}: {number}"
            is_answerable = place != "the flag" and name not in _NO_NUMBERS
            yield _case(
                f"{name} in {place}",
                text.replace(key, written).encode(),
                states=STATES if is_answerable else {},
                lies=_NEVER_GREEN,
            )


#: What no reader of JSON takes for a number.
_NO_NUMBERS = ("leading zero", "a point alone", "hex")


def _nested(depth: int) -> Iterator[tuple[str, str]]:
    yield "lists", "[" * depth + "]" * depth
    yield "objects", '{"a":' * depth + "1" + "}" * depth
    yield "unclosed lists", "[" * depth


def _depth() -> Iterator[Case]:
    places = {
        "a tag": '"Name": "%s"' % CANARY,
        "a field nobody reads": '"timestamp": "2026-01-01T00:00:00Z"',
        "the mask of what is unknown": '"arn": true',
        "the mask of what is sensitive": '"after_sensitive": {}',
        "an expression": '"constant_value": false',
        "a variable": '"value": "%s"' % CANARY,
        "the state": '"values": {"root_module": {}}',
        "the flag": '"encrypted": false',
        "the actions": '"actions": ["create"]',
    }
    text = json.dumps(plan())
    for depth in DEPTHS:
        for kind, nested in _nested(depth):
            for name, place in places.items():
                assert place in text, place
                key = place.partition(":")[0]
                data = text.replace(place, f"{key}: {nested}", 1).encode()
                yield _case(f"{depth} {kind} in {name}", data, lies=_NEVER_GREEN)
            yield _case(f"{depth} {kind} alone", nested.encode(), refused=True)

    def modules(depth: int, key: str) -> Callable[[dict[str, Any]], object]:
        def nest(made: dict[str, Any]) -> None:
            leaf: dict[str, Any] = {}
            for _i in range(depth):
                inner = {"module": leaf} if key == "module_calls" else leaf
                leaf = {key: {"m": inner}} if key == "module_calls" else {key: [inner]}
            if key == "module_calls":
                made["configuration"]["root_module"].update(leaf)
            else:
                made["prior_state"]["values"]["root_module"].update(leaf)
                made["planned_values"]["root_module"].update(leaf)

        return nest

    for depth in (30, 150, 300):
        for key in ("module_calls", "child_modules"):
            yield _case(f"{depth} {key}", changed(modules(depth, key)), lies=_NEVER_GREEN)


def _width() -> Iterator[Case]:
    def tags(made: dict[str, Any]) -> None:
        made["resource_changes"][0]["change"]["after"]["tags"] = {
            str(i): "" for i in range(200_000)
        }

    def top(made: dict[str, Any]) -> None:
        made.update({f"k{i}": i for i in range(200_000)})

    def long_name(made: dict[str, Any]) -> None:
        made["resource_changes"].append(volume("x" * 1_000_000, encrypted=True))

    def long_key(made: dict[str, Any]) -> None:
        made["resource_changes"][0]["change"]["after"]["kms_key_id"] = "k" * 1_000_000
        made["resource_changes"][0]["change"]["after"]["encrypted"] = True

    def actions(made: dict[str, Any]) -> None:
        made["resource_changes"][0]["change"]["actions"] = ["create"] * 200_000

    def others(made: dict[str, Any]) -> None:
        other = {"mode": "managed", "name": "x", "change": made["resource_changes"][1]["change"]}
        made["resource_changes"] += [
            {**other, "address": f"t{i}.x", "type": f"t{i}"} for i in range(20_000)
        ]

    def variables(made: dict[str, Any]) -> None:
        made["variables"] = {f"v{i}": {"value": i} for i in range(100_000)}

    def relevant(made: dict[str, Any]) -> None:
        made["relevant_attributes"] = [
            {"resource": f"a.b{i}", "attribute": ["x"]} for i in range(50_000)
        ]

    def references(made: dict[str, Any]) -> None:
        block = made["configuration"]["root_module"]["resources"][0]
        block["expressions"]["encrypted"] = {"references": [f"local.x{i}" for i in range(100_000)]}
        after = made["resource_changes"][0]["change"]
        del after["after"]["encrypted"]
        after["after_unknown"]["encrypted"] = True

    def outputs_cycle(made: dict[str, Any]) -> None:
        root = made["configuration"]["root_module"]
        calls = {}
        for i in range(200):
            calls[f"m{i}"] = {
                "source": "./m",
                "expressions": {"x": {"references": [f"module.m{(i + 1) % 200}.o"]}},
                "module": {
                    "outputs": {"o": {"expression": {"references": ["var.x"]}}},
                    "variables": {"x": {}},
                },
            }
        root["module_calls"] = calls
        root["resources"][0]["expressions"]["encrypted"] = {"references": ["module.m0.o"]}
        after = made["resource_changes"][0]["change"]
        del after["after"]["encrypted"]
        after["after_unknown"]["encrypted"] = True

    def doubling(made: dict[str, Any]) -> None:
        root = made["configuration"]["root_module"]
        root["module_calls"] = {
            f"m{i}": {
                "source": "./m",
                "expressions": {
                    "x": {"references": [f"module.m{i + 1}.o"]},
                    "y": {"references": [f"module.m{i + 1}.o"]},
                },
                "module": {
                    "outputs": {"o": {"expression": {"references": ["var.x", "var.y"]}}},
                    "variables": {"x": {}, "y": {}},
                },
            }
            for i in range(60)
        }
        root["resources"][0]["expressions"]["encrypted"] = {"references": ["module.m0.o"]}
        after = made["resource_changes"][0]["change"]
        del after["after"]["encrypted"]
        after["after_unknown"]["encrypted"] = True

    for name, change in {
        "200,000 tags": tags,
        "200,000 keys": top,
        "200,000 actions": actions,
        "20,000 other types": others,
        "100,000 variables": variables,
        "50,000 relevant attributes": relevant,
        "100,000 references": references,
        "a ring of 200 modules": outputs_cycle,
        "60 modules that double": doubling,
        "a name of a megabyte": long_name,
        "a key of a megabyte": long_key,
    }.items():
        yield _case(name, changed(change), lies={SAFE: "unencrypted|rejected"})

    def devices(made: dict[str, Any], count: int) -> None:
        made["resource_changes"].append(
            {
                **volume("x"),
                "address": "aws_instance.x",
                "type": "aws_instance",
                "change": {
                    **volume("x")["change"],
                    "after": {
                        "ami": "ami-1",
                        "ebs_block_device": [{"device_name": f"d{i}"} for i in range(count)],
                    },
                },
            }
        )

    for count in (100, 20_000):
        data = changed(lambda made, n=count: devices(made, n))  # type: ignore[misc]
        yield _case(f"{count} devices of one instance", data, states=STATES)


def _twice() -> Iterator[Case]:
    text = json.dumps(plan())
    for name, old, new in (
        ("the flag twice", '"encrypted": false', '"encrypted": true, "encrypted": false'),
        (
            "the flag twice, green last",
            '"encrypted": false',
            '"encrypted": false, "encrypted": true',
        ),
        (
            "the flag twice, once escaped",
            '"encrypted": false',
            '"encrypted": false, "\\u0065ncrypted": true',
        ),
        ("the value twice", '"after_unknown"', '"after": {"encrypted": true}, "after_unknown"'),
        (
            "the change twice",
            '"name": "plain",',
            '"name": "plain", "change": {"actions": ["no-op"]},',
        ),
        (
            "the actions twice",
            '"before": null, "after": {"availability_zone": "eu-west-1a", "size": 1, "encrypted": false',
            (
                '"actions": ["no-op"], "before": null, '
                '"after": {"availability_zone": "eu-west-1a", "size": 1, "encrypted": false'
            ),
        ),
        ("the changes twice", '"prior_state"', '"resource_changes": [], "prior_state"'),
        (
            "the type twice",
            '"name": "plain", "provider_name"',
            '"type": "x", "name": "plain", "provider_name"',
        ),
    ):
        assert old in text, old
        yield _case(name, text.replace(old, new, 1).encode(), refused=True)

    for name, old, new in (
        ("a tag twice", '"Name": ', '"Name": "other", "Name": '),
        ("all tags twice", '"tags": ', '"tags": {"a": "b"}, "tags": '),
        ("the time twice", '"timestamp": ', '"timestamp": "", "timestamp": '),
        ("the flag twice and the same", '"encrypted": ', '"encrypted": false, "encrypted": '),
    ):
        yield _case(name, text.replace(old, new, 1).encode(), states=STATES)

    def same(made: dict[str, Any]) -> None:
        made["resource_changes"].append(volume("plain", encrypted=True))

    yield _case("an address twice", changed(same), lies={})


def _escapes() -> Iterator[Case]:
    text = json.dumps(plan())
    for name, word in {"a type": '"aws_ebs_volume"', "keys": '"encrypted"', "all": ""}.items():
        chars = [f"\\u{ord(c):04x}" for c in word.strip('"')]
        data = text.replace(word, '"' + "".join(chars) + '"') if word else _all_escaped(text)
        yield _case(f"{name} in escapes", data.encode(), states=STATES)
    for name, bad in {
        "half a pair": "\\ud800",
        "the other half": "\\udc00",
        "pairs the wrong way": "\\udc00\\ud800",
        "NUL": "\\u0000",
        "ESC": "\\u001b[2J\\u009b31m",
        "bidi": "\\u202e\\u2066",
        "a non-character": "\\uffff\\ufffe",
        "an emoji": "\\ud83d\\ude00",
    }.items():
        yield _case(f"{name} in a tag", text.replace(CANARY, bad).encode(), states=STATES)
        yield _case(f"{name} in the version", text.replace("1.9.0", bad).encode(), states=STATES)
        yield _case(
            f"{name} in a name", text.replace("ebs_volume.plain", f"ebs_volume.{bad}").encode()
        )
        yield _case(
            f"{name} in the format", text.replace('"1.2"', f'"1.{bad}"').encode(), lies=_NEVER_GREEN
        )


def _all_escaped(text: str) -> str:
    out, inside = [], False
    for char in text:
        inside ^= char == '"'
        out.append(f"\\u{ord(char):04x}" if inside and char != '"' else char)
    return "".join(out)


def _places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in items:
        yield from _places(value, (*at, key))


_ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    -1.5,
    "x",
    "",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    [{"a": []}],
    ["x"],
)


def _shapes() -> Iterator[Case]:
    """Every place of the plan with values of every other kind, and without it."""
    whole = plan()
    for place in _places(whole):
        *way, last = place
        shown = "/".join(map(str, place))
        safe = "safe" in shown or "/1" in shown or shown == "resource_changes"
        lies = {PLAIN: "encrypted"} if "encrypted" not in shown and not safe else {}
        del safe
        for odd in (*_ODD, ...):
            made: Any = copy.deepcopy(whole)
            inside = made
            for key in way:
                inside = inside[key]
            if odd is ...:
                del inside[last]
            else:
                inside[last] = odd
            name = "nothing" if odd is ... else json.dumps(odd)
            yield _case(
                f"{name} at {shown}", json.dumps(made).encode(), lies=_only_known(lies, made)
            )


def _only_known(lies: dict[str, str], made: Any) -> dict[str, str]:
    """What must not be said of volumes that are still in the plan."""
    try:
        there = {
            c["address"]
            for c in made["resource_changes"]
            if c["mode"] == "managed"
            and c["type"] == "aws_ebs_volume"
            and c["change"]["actions"] == ["create"]
        }
    except (TypeError, KeyError):
        return {}
    return {address: lie for address, lie in lies.items() if address in there}


def _states() -> Iterator[Case]:
    def unknown(made: dict[str, Any]) -> None:
        made["resource_changes"][1]["change"]["after_unknown"]["encrypted"] = True

    def all_unknown(made: dict[str, Any]) -> None:
        made["resource_changes"][1]["change"]["after_unknown"] = True

    yield _case("known and unknown", changed(unknown), lies={SAFE: "encrypted|unencrypted"})
    yield _case("known and all unknown", changed(all_unknown), lies={SAFE: "encrypted|unencrypted"})

    def values(encrypted: object) -> Callable[[dict[str, Any]], object]:
        def change(made: dict[str, Any]) -> None:
            made["planned_values"]["root_module"] = {
                "resources": [
                    {
                        **{k: v for k, v in volume("safe").items() if k != "change"},
                        "values": {"encrypted": encrypted},
                        "sensitive_values": {},
                    }
                ]
            }

        return change

    yield _case("values that say false", changed(values(False)), lies={SAFE: "encrypted"})
    yield _case("values that say true", changed(values(True)), states=STATES)

    def only_value(made: dict[str, Any]) -> None:
        values(False)(made)
        made["planned_values"]["root_module"]["resources"][0].update(
            address="aws_ebs_volume.third", name="third"
        )

    yield _case(
        "a value without a change", changed(only_value), lies={"aws_ebs_volume.third": "encrypted"}
    )

    def constant(made: dict[str, Any]) -> None:
        made["configuration"]["root_module"]["resources"][1]["expressions"] = {
            "encrypted": {"constant_value": False}
        }

    yield _case("a constant that says false", changed(constant), lies={SAFE: "encrypted"})

    def partial(**keys: object) -> bytes:
        return changed(lambda made: made.update(keys))

    deferred = [
        {"reason": "provider_config_unknown", "resource_change": volume("late", encrypted=False)}
    ]
    for name, data in {
        "errored": partial(errored=True),
        "incomplete": partial(complete=False),
        "errored as a text": partial(errored="true"),
        "complete as a text": partial(complete="false"),
        "errored as a number": partial(errored=1),
        "complete as null": partial(complete=None, errored=True),
    }.items():
        yield _case(name, data, refused=True)
    yield _case(
        "deferred", partial(deferred_changes=deferred), lies={"aws_ebs_volume.late": "encrypted"}
    )
    for version in (
        "99.0",
        "2.0",
        "",
        "x",
        "1",
        "1.2; rm",
        "1.\n::error::x",
        "\u0661.0",
        "1" * 5000,
        "0.0",
        "-1.0",
        "1.99",
    ):
        lies = _NEVER_GREEN
        yield _case(f"format {version[:20]!r}", partial(format_version=version), lies=lies)
    for actions in (
        [],
        ["create", "create"],
        ["delete"],
        ["no-op"],
        ["create", "delete"],
        ["delete", "create"],
        ["forget"],
        ["CREATE"],
        ["create", "no-op"],
        ["open"],
        ["update"],
        ["read"],
        [""],
        ["no-op", "create"],
    ):

        def acted(made: dict[str, Any], actions: list[str] = actions) -> None:
            made["resource_changes"][0]["change"]["actions"] = actions

        lies = (
            {} if actions in (["delete"], ["no-op"], ["forget"], ["read"]) else {PLAIN: "encrypted"}
        )
        yield _case(f"actions {actions}", changed(acted), lies=lies)

    def mask(value: object) -> Callable[[dict[str, Any]], object]:
        def change(made: dict[str, Any]) -> None:
            body = made["resource_changes"][1]["change"]
            body["after"]["kms_key_id"] = CANARY
            body["after_sensitive"] = value

        return change

    for odd in (
        True,
        "true",
        1,
        [],
        [True],
        {"kms_key_id": True},
        {"kms_key_id": "x"},
        {"kms_key_id": [True]},
        {"kms_key_id": 1},
        {"kms_key_id": {"a": False}},
        "x",
    ):
        yield _case(
            f"sensitivity {json.dumps(odd)}", changed(mask(odd)), lies={SAFE: "unencrypted"}
        )
