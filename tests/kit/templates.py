"""Hostile CloudFormation templates."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.kit import CANARY, Case
from tests.kit.plans import ASSUME, DEPTHS

__all__ = ["cases"]

STATES = {"Plain": "unencrypted", "Safe": "encrypted"}
NEVER_GREEN = {"Plain": "encrypted", "Safe": "unencrypted"}

YAML = f"""AWSTemplateFormatVersion: '2010-09-09'
Description: {CANARY}
Parameters:
  Secret: {{Type: String, NoEcho: true, Default: {CANARY}}}
Resources:
  Plain:
    Type: AWS::EC2::Volume
    Properties:
      Size: 1
      Encrypted: false
      AvailabilityZone: eu-west-1a
      Tags: [{{Key: Name, Value: {CANARY}}}]
  Safe:
    Type: AWS::EC2::Volume
    Properties:
      Size: 1
      Encrypted: true
      AvailabilityZone: eu-west-1a
"""


def template() -> dict[str, Any]:
    """The same as JSON."""
    zone = {"AvailabilityZone": "eu-west-1a", "Size": 1}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": CANARY,
        "Parameters": {"Secret": {"Type": "String", "NoEcho": True, "Default": CANARY}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Mappings": {"M": {"a": {"b": "c"}}},
        "Resources": {
            "Plain": {
                "Type": "AWS::EC2::Volume",
                "Properties": {
                    **zone,
                    "Encrypted": False,
                    "Tags": [{"Key": "Name", "Value": CANARY}],
                },
            },
            "Safe": {"Type": "AWS::EC2::Volume", "Properties": {**zone, "Encrypted": True}},
        },
        "Outputs": {"Id": {"Value": {"Ref": "Plain"}}},
    }


def _case(name: str, data: str | bytes, file: str = "t.yaml", **more: Any) -> Case:
    body = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    args = (*ASSUME, *more.pop("args", ()))
    return Case(name=f"template {name}", files={file: body}, paths=(file,), args=args, **more)


def cases() -> Iterator[Case]:
    """All of them."""
    for made in (
        _disguises,
        _bytes,
        _depth,
        _aliases,
        _scalars,
        _keys,
        _shapes,
        _loops,
        _wide,
        _booleans,
    ):
        yield from made()


def _disguises() -> Iterator[Case]:
    """A template among other files of a folder, its type written in every way that YAML has."""
    text = "Resources:\n  Plain:\n    Type: AWS::EC2::Volume\n    Properties: {Encrypted: false}\n"
    aside = b"Resources: {A: {Type: AWS::S3::Bucket}}\n"
    forms = {
        "a folded scalar": ">-\n      AWS::EC2::Volume",
        "a literal scalar": "|-\n      AWS::EC2::Volume",
        "a tag": "!!str AWS::EC2::Volume",
        "an anchor": "&a AWS::EC2::Volume",
        "a line that goes on": '"AWS::\\\n      EC2::Volume"',
        "colons apart": '"AWS:\\\n      :EC2:\\\n      :Volume"',
        "colons in escapes": '"AWS\\x3a\\x3aEC2\\x3a\\x3aVolume"',
        "a letter in an escape": '"AWS::EC2::\\x56olume"',
        "the next line": "\n      AWS::EC2::Volume",
        "a comment before it": "# x\n      AWS::EC2::Volume",
    }
    templates = {name: text.replace("AWS::EC2::Volume", form) for name, form in forms.items()}
    templates |= {
        "an alias": "Metadata: {a: &t AWS::EC2::Volume}\n" + text.replace("AWS::EC2::Volume", "*t"),
        "a question": text.replace("    Type:", "    ? Type\n    :"),
        "an escaped section": text.replace("Resources", '"\\x52esources"'),
        "an escaped key": text.replace("Type", '"\\u0054ype"'),
        "a flow of keys": "{a: b, Resources: {Plain: {Type: AWS::EC2::Volume}}}",
        "an indented whole": "  " + text.replace("\n", "\n  "),
        "UTF-16": text,
    }
    for name, form in templates.items():
        data = form.encode("utf-16" if name == "UTF-16" else "utf-8")
        yield Case(
            name=f"template in a folder, with {name}",
            files={"t.yaml": data, "other.yaml": aside},
            paths=(".",),
            args=ASSUME,
            states={"Plain": "unencrypted"},
        )


def _bytes() -> Iterator[Case]:
    as_json = json.dumps(template())
    yield _case("as it is", YAML, states=STATES)
    yield _case("as JSON", as_json, "t.json", states=STATES)
    yield _case("JSON called YAML", as_json, states=STATES)
    yield _case("YAML called JSON", YAML, "t.json", states=STATES)
    yield _case("YAML called template", YAML, "t.template", states=STATES)
    yield _case("CR LF", YAML.replace("\n", "\r\n"), states=STATES)
    yield _case("document marks", f"---\n{YAML}...\n", states=STATES)
    yield _case("a byte order mark", "\ufeff" + YAML, states=STATES)
    yield _case("a directive", f"%YAML 1.1\n---\n{YAML}", states=STATES)
    for name, data in {
        "nothing": b"",
        "blanks": b" \n\n",
        "comments": b"# x\n",
        "UTF-16": YAML.encode("utf-16"),
        "UTF-16 BE without mark": YAML.encode("utf-16-be"),
        "UTF-32": YAML.encode("utf-32"),
        "NUL": YAML.encode().replace(b"Size", b"Si\0ze", 1),
        "raw ESC": YAML.encode().replace(b"Size", b"\x1b[31m", 1),
        "C1": YAML.encode().replace(b"2010", b"\xc2\x9b31m", 1),
        "latin-1": YAML.encode().replace(CANARY.encode(), b"\xe9", 1),
        "overlong": YAML.encode().replace(CANARY.encode(), b"\xc0\xaf", 1),
        "a surrogate": YAML.encode().replace(CANARY.encode(), b"\xed\xa0\x80", 1),
        "two documents": (YAML + "---\n" + YAML).encode(),
        "a tab": YAML.encode().replace(b"      Size", b"\tSize", 1),
        "an unclosed quote": YAML.encode().replace(b"2010", b'"2010', 1) + b'"',
        "an unclosed list": YAML.encode() + b"X: [",
        "a list": b"- Resources: {}\n",
        "a text": b"Resources\n",
        "no resources": b"AWSTemplateFormatVersion: '2010-09-09'\n",
        "resources that are a list": b"AWSTemplateFormatVersion: '2010-09-09'\nResources: []\n",
        "an alias to nothing": YAML.encode() + b"X: *nothing\n",
        "a recursive alias": b"AWSTemplateFormatVersion: '2010-09-09'\nResources: &a {A: *a}\n",
        "a JSON with a comma": as_json[:-1].encode() + b",",
    }.items():
        name_of = "t.json" if name.startswith("a JSON") else "t.yaml"
        yield _case(name, data, name_of, refused=name not in ("latin-1", "comments", "UTF-16"))
    for at in range(1, len(YAML), len(YAML) // 15):
        yield _case(f"cut at {at}", YAML[:at])
    for at in range(1, len(as_json), len(as_json) // 15):
        yield _case(f"JSON cut at {at}", as_json[:at], "t.json", refused=True)


def _depth() -> Iterator[Case]:
    for depth in DEPTHS:
        nested = {
            "flow lists": "[" * depth + "]" * depth,
            "flow maps": "{a: " * depth + "1" + "}" * depth,
            "unclosed": "[" * depth,
            "quotes": "{a: " * depth,
            "questions": "? " * depth,
            "dashes": "- " * depth + "x",
        }
        if depth <= 2000:
            nested["blocks"] = "".join("\n" + " " * (8 + i) + "a:" for i in range(depth))
        for name, text in nested.items():
            yield _case(f"{depth} {name}", YAML + f"Metadata:\n  Deep: {text}\n", refused=True)
            flag = YAML.replace("Encrypted: true", f"Encrypted: {text}")
            yield _case(f"{depth} {name} as the flag", flag, lies={})
            yield _case(f"{depth} {name} alone", text, refused=True)
        for name, text in {
            "lists": "[" * depth + "]" * depth,
            "maps": '{"a":' * depth + "1" + "}" * depth,
            "unclosed": "[" * depth,
        }.items():
            made = json.dumps(template())
            for place, old in (
                ("a tag", f'"Value": "{CANARY}"'),
                ("a condition", '"Fn::Equals": ["a", "b"]'),
                ("nowhere", '"Description": "%s"' % CANARY),
            ):
                key = old.partition(":")[0] if not old.startswith('"Fn') else '"Fn::Equals"'
                assert old in made
                yield _case(
                    f"JSON {depth} {name} in {place}",
                    made.replace(old, f"{key}: {text}", 1),
                    "t.json",
                )
    for depth in (100, 1000, 20000):
        for name, function in {
            "Fn::Not": ('{"Fn::Not": [', "]}"),
            "Fn::If": ('{"Fn::If": ["Never", true, ', "]}"),
            "Fn::Join": ('{"Fn::Join": ["", [', "]]}"),
            "Fn::Sub": ('{"Fn::Sub": ["${x}", {"x": ', "}]}"),
        }.items():
            value = function[0] * depth + "true" + function[1] * depth
            text = json.dumps(template()).replace('"Encrypted": true', f'"Encrypted": {value}')
            yield _case(f"{depth} {name}", text, "t.json", lies={})


def _aliases() -> Iterator[Case]:
    levels = "".join(
        f"  l{i}: &l{i} [" + ",".join([f"*l{i - 1}"] * 9) + "]\n" for i in range(1, 10)
    )
    bomb = f"Metadata:\n  l0: &l0 [x,x,x,x,x,x,x,x,x]\n{levels}"
    merges = "".join(
        f"  m{i}: &m{i} {{<<: [" + ",".join([f"*m{i - 1}"] * 9) + "]}\n" for i in range(1, 10)
    )
    merge = f"Metadata:\n  m0: &m0 {{a: 1}}\n{merges}"
    yield _case("alias bomb, aside", YAML + bomb)
    yield _case(
        "alias bomb as tags", bomb + YAML.replace(f"[{{Key: Name, Value: {CANARY}}}]", "*l9", 1)
    )
    yield _case("alias bomb as the flag", bomb + YAML.replace("Encrypted: true", "Encrypted: *l9"))
    yield _case("merge bomb", YAML + merge)
    yield _case("merge bomb as properties", merge + YAML.replace("Size: 1", "<<: *m9", 1))
    wide = "Metadata:\n  w: &w {" + ", ".join(f"k{i}: {i}" for i in range(3000)) + "}\n"
    wide += "  x: {<<: [" + ", ".join(["*w"] * 3000) + "]}\n"
    yield _case("3,000 merges of 3,000 keys", YAML + wide)
    yield _case("a merge of itself", YAML + "Metadata: &m {<<: *m}\n", refused=True)
    yield _case("a list of itself", YAML + "Metadata: &m [*m]\n", refused=True)
    yield _case(
        "a merged flag",
        YAML.replace("Encrypted: true", "<<: {Encrypted: true}"),
        lies={"Safe": "unencrypted"},
    )
    yield _case(
        "50,000 anchors",
        YAML + "Metadata:\n" + "".join(f"  k{i}: &a{i} x\n" for i in range(50_000)),
    )
    yield _case(
        "50,000 aliases",
        YAML + "Metadata:\n  k: &a x\n" + "".join(f"  k{i}: *a\n" for i in range(50_000)),
    )


def _scalars() -> Iterator[Case]:
    odd = [
        "9" * 5000,
        "0x" + "f" * 5000,
        "!!int abc",
        "!!float x",
        "!!bool maybe",
        "!!null x",
        "9999-99-99",
        "2001-01-01T99:99:99Z",
        "!!timestamp x",
        "!!binary '=!'",
        "!!set {a}",
        "!!omap [a]",
        "!!pairs [a: 1]",
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system",
        "!<tag:yaml.org,2002:python/object/new:os.system> [id]",
        "!Unknown x",
        "! x",
        "!!map [a]",
        "!!seq {a: 1}",
        "!!str {a: 1}",
        ".nan",
        "-.inf",
        "1e999",
        "1:30",
        "190:20:30",
        "0o7",
        "010",
        "012345678901",
        "1_000",
        "~",
        "''",
        "=",
        "<<",
        '"\\e[31m"',
        '"\\u202e"',
        '"\\x00"',
        '"\\uD800"',
        '"\\U00110000"',
        '"\\N\\L\\P\\_"',
        "!Ref [a]",
        "!GetAtt x",
        "!GetAtt [a]",
        "!GetAtt {a: 1}",
        "!Sub [a]",
        "!Sub {a: 1}",
        "!If [a]",
        "!If x",
        "!Join x",
        "!Select [x]",
        "!Select [99999999999999999999, [a]]",
        "!FindInMap [a]",
        "!Split [x]",
        "!ImportValue {a: 1}",
        "!Cidr x",
        "!Base64 [a]",
        "!Transform {Name: x}",
        "!Condition x",
        "!Sub '${'",
        "!Sub '${!x}'",
        "!Sub '${a${b}}'",
        "!Ref " + "x" * 100_000,
        "|\n        " + "x" * 100_000,
        ">\n        x\n\n        y",
        "? x",
        "{? x : y}",
        "{[a]: b}",
        "{{a: b}: c}",
        "[a, [b, [c]]]",
        "&a",
        "*a",
        "@x",
        "`x",
        "%x",
    ]
    for value in odd:
        name = value[:40].encode("ascii", "backslashreplace").decode()
        flag = YAML.replace("Encrypted: true", f"Encrypted: {value}")
        yield _case(f"flag {name!r}", flag)
        yield _case(f"tag {name!r}", YAML.replace(f"Value: {CANARY}", f"Value: {value}"))
        yield _case(f"key {name!r}", YAML + f"Metadata: {{{value}: 1}}\n")
        yield _case(f"size {name!r}", YAML.replace("Size: 1", f"Size: {value}", 1))
    for number in (
        "NaN",
        "Infinity",
        "1e999",
        "-1e999",
        "9" * 5000,
        "0." + "1" * 9999,
        "-0",
        "1E400",
    ):
        made = json.dumps(template())
        yield _case(
            f"JSON flag {number[:9]}",
            made.replace('"Encrypted": true', f'"Encrypted": {number}'),
            "t.json",
        )
        yield _case(
            f"JSON size {number[:9]}", made.replace('"Size": 1', f'"Size": {number}'), "t.json"
        )
        yield _case(f"JSON tag {number[:9]}", made.replace(f'"{CANARY}"', number), "t.json")
    for bad in ("\\ud800", "\\udc00\\ud800", "\\u0000", "\\u001b[31m", "\\u202e", "\\uffff"):
        made = json.dumps(template())
        yield _case(f"JSON {bad} in a tag", made.replace(CANARY, bad), "t.json")
        yield _case(f"JSON {bad} in a name", made.replace("Plain", bad), "t.json")
        yield _case(f"YAML {bad} in a name", YAML.replace("Plain:", f'"{bad}":'))


def _keys() -> Iterator[Case]:
    twice = YAML.replace("Encrypted: false", "Encrypted: true\n      Encrypted: false")
    green = YAML.replace("Encrypted: false", "Encrypted: false\n      Encrypted: true")
    yield _case("the flag twice", twice, lies={"Plain": "encrypted"})
    yield _case("the flag twice, green last", green, lies={"Plain": "encrypted"})
    escaped = YAML.replace("Encrypted: false", 'Encrypted: false\n      "\\x45ncrypted": true')
    yield _case("the flag twice, once escaped", escaped, lies={"Plain": "encrypted"})
    yield _case(
        "a resource twice", YAML + "  Plain: {Type: AWS::SNS::Topic}\n", lies={"Plain": "encrypted"}
    )
    yield _case("resources twice", YAML + "Resources: {}\n", lies={"Plain": "encrypted"})
    made = json.dumps(template())
    yield _case(
        "JSON flag twice",
        made.replace('"Encrypted": false', '"Encrypted": false, "Encrypted": true'),
        "t.json",
        lies={"Plain": "encrypted"},
    )
    for name, written in {
        "hex": '"AWS::EC2::\\x56olume"',
        "unicode": '"AWS::EC2::\\u0056olume"',
        "folded": '"AWS::EC2::\\\n        Volume"',
        "single": "'AWS::EC2::Volume'",
        "block": "|-\n      AWS::EC2::Volume",
        "tagged": "!!str AWS::EC2::Volume",
        "anchored": "&t AWS::EC2::Volume",
    }.items():
        count = 1 if name == "anchored" else -1
        yield _case(f"type {name}", YAML.replace("AWS::EC2::Volume", written, count), states=STATES)
    in_json = made.replace("AWS::EC2::Volume", "AWS::EC2::\\u0056olume")
    yield _case("type escaped in JSON", in_json, "t.json", states=STATES)
    keys = made.replace('"Encrypted"', '"\\u0045ncrypted"').replace('"Type"', '"T\\u0079pe"')
    yield _case("keys escaped in JSON", keys, "t.json", states=STATES)
    yield _case("type with a blank", YAML.replace("AWS::EC2::Volume", '"AWS::EC2::Volume "', 1))
    yield _case(
        "type in other letters", YAML.replace("AWS::EC2::Volume", '"AWS::EC2::V\u043elume"', 1)
    )


_ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    "x",
    "",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"Ref": []},
    {"Ref": "Nothing"},
    {"Fn::If": []},
    {"Fn::If": ["Never", 1]},
    {"Fn::GetAtt": 1},
    {"Fn::Sub": [1, 2]},
    {"Fn::Transform": {}},
    {"Ref": "AWS::NoValue"},
    {"Fn::If": ["Nope", True, False]},
)


def _places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    items: Any = node.items() if isinstance(node, dict) else ()
    items = enumerate(node) if isinstance(node, list) else items
    for key, value in items:
        yield from _places(value, (*at, key))


def _shapes() -> Iterator[Case]:
    whole = template()
    for place in _places(whole):
        *way, last = place
        shown = "/".join(map(str, place))
        for odd in (*_ODD, ...):
            made: Any = copy.deepcopy(whole)
            inside = made
            for key in way:
                inside = inside[key]
            if odd is ...:
                del inside[last]
            else:
                inside[last] = odd
            apart = not shown.startswith("Resources/Plain") and shown != "Resources"
            lies = {"Plain": "encrypted"} if apart else {}
            name = "nothing" if odd is ... else json.dumps(odd)
            yield _case(f"{name} at {shown}", json.dumps(made), "t.json", lies=lies)


def _loops() -> Iterator[Case]:
    foreach = "Transform: AWS::LanguageExtensions\n" + YAML
    inner = "V${A}: {Type: AWS::EC2::Volume, Properties: {Encrypted: true}}"
    for levels in (1, 3, 8):
        text = "  "
        for i in range(levels):
            names = ",".join(f"n{j}" for j in range(10))
            text += f"Fn::ForEach::L{i}: [{'ABCDEFGH'[i]}, [{names}], {{"
        joined = "".join("${%s}" % "ABCDEFGH"[i] for i in range(levels))
        text += inner.replace("${A}", joined) + "}]" * levels + "\n"
        yield _case(f"{levels} loops of ten", foreach + text)
    conditions = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    for i in range(1, 60):
        conditions[f"C{i}"] = {
            "Fn::Or": [{"Condition": f"C{i - 1}"}, {"Fn::Equals": [{"Ref": f"P{i}"}, "x"]}]
        }
    made = template()
    made["Parameters"].update(
        {"P": {"Type": "String"}, **{f"P{i}": {"Type": "String"} for i in range(60)}}
    )
    made["Conditions"] = conditions
    value: Any = True
    for i in range(60):
        value = {"Fn::If": [f"C{i}", value, False]}
    made["Resources"]["Safe"]["Properties"]["Encrypted"] = value
    yield _case("60 conditions", json.dumps(made), "t.json", lies={"Safe": "encrypted|unencrypted"})
    ring = template()
    ring["Conditions"] = {
        f"C{i}": {"Fn::Not": [{"Condition": f"C{(i + 1) % 50}"}]} for i in range(50)
    }
    ring["Resources"]["Safe"]["Condition"] = "C0"
    yield _case("a ring of conditions", json.dumps(ring), "t.json")
    refs = template()
    for i in range(500):
        refs["Resources"][f"V{i}"] = {
            "Type": "AWS::EC2::Volume",
            "Properties": {
                "SnapshotId": {"Ref": f"V{(i + 1) % 500}"},
                "Encrypted": {"Fn::GetAtt": [f"V{(i + 1) % 500}", "Encrypted"]},
            },
        }
    yield _case("a ring of 500 volumes", json.dumps(refs), "t.json")
    doubling = template()
    doubling["Mappings"] = {"M": {f"k{i}": {"v": "x"} for i in range(10)}}
    text: Any = "xx"
    for _ in range(40):
        text = (
            {"Fn::Join": ["", [text, text]]}
            if len(json.dumps(text)) < 100_000
            else {"Fn::Sub": ["${a}${a}${a}${a}", {"a": text}]}
        )
    doubling["Resources"]["Safe"]["Properties"]["KmsKeyId"] = text
    yield _case("a text that doubles", json.dumps(doubling), "t.json", lies={"Safe": "unencrypted"})


def _wide() -> Iterator[Case]:
    yield _case(
        "200,000 keys", YAML + "Metadata:\n" + "".join(f"  k{i}: 1\n" for i in range(200_000))
    )
    yield _case("200,000 flow keys", YAML + "Metadata: {" + ",".join(["a"] * 200_000) + "}\n")
    yield _case("a name of 1 MB", YAML.replace("Plain:", f"? {'x' * 1_000_000}\n  :"))
    yield _case("a key of 1 MB", YAML + f"Metadata: {{? {'x' * 1_000_000} : 1}}\n")
    yield _case("a line of 4 MB", YAML + "# " + "x" * 4_000_000 + "\n")
    yield _case("1 MB of blanks", YAML + " " * 1_000_000 + "\n")
    yield _case("1 MB of newlines", YAML + "\n" * 1_000_000)
    yield _case("1 MB of tabs", YAML + "#" + "\t" * 1_000_000 + "\n")
    yield _case("1 MB of quotes", YAML + "Metadata: '" + "''" * 500_000 + "'\n")
    yield _case("1 MB of escapes", YAML + 'Metadata: "' + "\\x41" * 250_000 + '"\n')
    yield _case("100,000 comments", YAML + "#\n" * 100_000)
    yield _case("9 MB", YAML + "#" * 9_000_000, refused=True)
    for count in (100, 2000):
        more = "".join(
            f"  V{i}: {{Type: AWS::EC2::Volume, Properties: {{Encrypted: true}}}}\n"
            for i in range(count)
        )
        yield _case(f"{count} volumes", YAML + more, states=STATES)
    devices = ",".join(
        f'{{"DeviceName": "d{i}", "Ebs": {{"VolumeSize": 1}}}}' for i in range(20_000)
    )
    made = json.dumps(template())[:-1]
    instance = (
        '{"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1", "BlockDeviceMappings": [%s]}}'
        % devices
    )
    yield _case(
        "20,000 devices",
        made.replace('"Safe":', f'"I": {instance}, "Safe":') + "}",
        "t.json",
        states=STATES,
    )
    yield _case(
        "a JSON string of 5 MB",
        json.dumps({**template(), "Description": "x" * 5_000_000}),
        "t.json",
        states=STATES,
    )
    yield _case(
        "200,000 JSON keys",
        json.dumps({**template(), "Metadata": {str(i): 1 for i in range(200_000)}}),
        "t.json",
        states=STATES,
    )


def _booleans() -> Iterator[Case]:
    """What CloudFormation takes for true and false."""
    for text in ("true", "True", "TRUE", '"true"', "'True'"):
        yield _case(
            f"true as {text}",
            YAML.replace("Encrypted: true", f"Encrypted: {text}"),
            lies={"Safe": "unencrypted"},
        )
    for text in ("false", '"false"', "False"):
        yield _case(
            f"false as {text}",
            YAML.replace("Encrypted: false", f"Encrypted: {text}"),
            lies={"Plain": "encrypted"},
        )
    for text in ("yes", "on", "no", "off", "y", "1", "0", '"yes"'):
        yield _case(
            f"a flag {text}", YAML.replace("Encrypted: false", f"Encrypted: {text}"), lies={}
        )
