"""Hostile Terraform source, as HCL and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.kit import CANARY, Case
from tests.kit.plans import ASSUME, DEPTHS, PLAIN, SAFE, STATES

__all__ = ["cases"]

HCL = f"""variable "token" {{
  default   = "{CANARY}"
  sensitive = true
}}
variable "unknown" {{}}
resource "aws_ebs_volume" "plain" {{
  availability_zone = "eu-west-1a"
  size              = 1
  encrypted         = false
  tags              = {{ Name = var.token }}
}}
resource "aws_ebs_volume" "safe" {{
  availability_zone = "eu-west-1a"
  size              = 1
  encrypted         = true
}}
"""
NEVER_GREEN = {PLAIN: "encrypted", SAFE: "unencrypted"}


def _case(name: str, data: str | bytes, file: str = "main.tf", **more: Any) -> Case:
    body = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    files = {file: body, **more.pop("files", {})}
    args = (*ASSUME, *more.pop("args", ()))
    return Case(name=f"source {name}", files=files, paths=(".",), args=args, **more)


def cases() -> Iterator[Case]:
    """All of them."""
    for made in (_bytes, _depth, _syntax, _names, _values, _growth, _modules, _json, _variables):
        yield from made()


def _bytes() -> Iterator[Case]:
    yield _case("as it is", HCL, states=STATES)
    inline = HCL.replace(
        'resource "aws_ebs_volume" "plain" {', 'resource/*"*/"aws_ebs_volume"/**/"plain" /*{*/ {'
    )
    yield _case("comments between words", inline, states=STATES)
    yield _case("CR LF", HCL.replace("\n", "\r\n"), states=STATES)
    yield _case("a byte order mark", "\ufeff" + HCL, states=STATES)
    yield _case("no newline at the end", HCL[:-1], states=STATES)
    for name, data in {
        "UTF-16": HCL.encode("utf-16"),
        "UTF-32": HCL.encode("utf-32"),
        "NUL": HCL.encode().replace(b"size", b"si\0ze", 1),
        "raw ESC": HCL.encode().replace(b"size", b"\x1b[31m", 1),
        "latin-1": HCL.encode().replace(b"eu-west", b"\xe9", 1),
        "overlong": HCL.encode().replace(b"eu-west", b"\xc0\xaf", 1),
        "a surrogate": HCL.encode().replace(b"eu-west", b"\xed\xa0\x80", 1),
        "an unclosed quote": HCL.encode() + b'x = "',
        "an unclosed brace": HCL.encode() + b"locals {",
        "a brace too many": HCL.encode() + b"}",
        "an unclosed comment": HCL.encode() + b"/*",
        "random": bytes(range(256)) * 40,
    }.items():
        # a later mark of the order of bytes, latin-1: what cannot be read may be listed instead
        yield _case(
            name,
            data,
            lies=NEVER_GREEN if name in ("latin-1", "overlong", "a surrogate") else {},
            refused=name
            in (
                "UTF-16",
                "UTF-32",
                "NUL",
                "an unclosed quote",
                "an unclosed brace",
                "a brace too many",
                "an unclosed comment",
                "random",
            ),
        )
    for at in range(1, len(HCL), len(HCL) // 20):
        yield _case(f"cut at {at}", HCL[:at])


def _depth() -> Iterator[Case]:
    for depth in (*DEPTHS, 20_000):
        for name, text in {
            "parentheses": "(" * depth + "true" + ")" * depth,
            "lists": "[" * depth + "]" * depth,
            "objects": "{ a = " * depth + "1" + "}" * depth,
            "templates": '"${' * depth + "1" + '}"' * depth,
            "calls": "abs(" * depth + "1" + ")" * depth,
            "nots": "!" * depth + "true",
            "minuses": "-" * depth + "1",
            "choices": "true ? " * depth + "true" + " : false" * depth,
            "sums": "1" + "+1" * depth,
            "ands": "true" + " && true" * depth,
            "steps": "a" + ".b" * depth,
            "indexes": "a" + "[0]" * depth,
            "splats": "a" + "[*]" * depth,
            "for": "[for x in " * depth + "[]" + " : x]" * depth,
            "unclosed lists": "[" * depth,
            "unclosed parentheses": "(" * depth,
            "unclosed templates": '"${' * depth,
            "heredocs": "<<A\n" * depth,
        }.items():
            if len(text) > 900_000:
                continue
            yield _case(
                f"{depth} {name} as the flag",
                HCL.replace("encrypted         = true", f"encrypted = {text}"),
            )
            yield _case(f"{depth} {name} aside", HCL + f"locals {{\n  a = {text}\n}}\n")
        if depth * 8 < 900_000:
            blocks = "b {\n" * depth + "}\n" * depth
            yield _case(f"{depth} blocks", HCL + blocks)
            yield _case(f"{depth} blocks inside", HCL.replace("size              = 1", blocks, 1))


def _syntax() -> Iterator[Case]:
    yield _case(
        "the flag twice",
        HCL.replace("encrypted         = false", "encrypted = false\n  encrypted = true"),
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "a resource twice",
        HCL + 'resource "aws_ebs_volume" "plain" {\n  encrypted = true\n}\n',
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "a resource twice in two files",
        HCL,
        files={"b.tf": b'resource "aws_ebs_volume" "plain" {\n  encrypted = true\n}\n'},
        lies={PLAIN: "encrypted"},
    )
    for name in ("override.tf", "b_override.tf"):
        yield _case(
            f"{name} makes it plain",
            HCL,
            files={name: b'resource "aws_ebs_volume" "safe" {\n  encrypted = false\n}\n'},
            states={SAFE: "unencrypted", PLAIN: "unencrypted"},
        )
    yield _case(
        "a type in escapes",
        HCL.replace('"aws_ebs_volume"', '"aws_ebs_\\u0076olume"'),
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "markers as arguments",
        HCL.replace(
            "size              = 1",
            "__start_line__ = 1\n  __is_block__ = true\n  __comments__ = []",
            1,
        ),
        lies=NEVER_GREEN,
    )
    yield _case(
        "a name outside of ASCII", HCL + "locals {\n  \u00e9t\u00e9 = 1\n}\n", states=STATES
    )
    yield _case(
        "dynamic",
        HCL
        + 'resource "aws_instance" "i" {\n  ami = "ami-1"\n  dynamic "ebs_block_device" {\n    for_each = range(1000000)\n    content {\n      device_name = "x${ebs_block_device.key}"\n    }\n  }\n}\n',
        lies=NEVER_GREEN,
    )
    for odd in (
        "1e999",
        "9" * 5000,
        "0x10",
        "1e" + "9" * 4000,
        "00",
        "1.",
        ".5",
        "tru",
        "null",
        "'a'",
        '"\\q"',
        '"\\ud800"',
        '"\\U00110000"',
        '"%{ if true }"',
        '"${"',
        "<<A",
        "<<-A\n x\n A",
        "{",
        "a.*.b",
        "a[*].b",
        "[for]",
        "{for a in b : c}",
        "{for a, b in c : d => e...}",
        "a ? b",
        "...",
        "f(a...)",
        "provider::x::y()",
        "!!true",
        "true == !false",
        "1 % 0",
        "1 / 0",
        "-null",
    ):
        yield _case(
            f"flag {odd[:30]!r}", HCL.replace("encrypted         = true", f"encrypted = {odd}")
        )
        yield _case(f"size {odd[:30]!r}", HCL.replace("size              = 1", f"size = {odd}", 1))


def _names() -> Iterator[Case]:
    for name in (
        "x" * 200_000,
        "\u0430ws",
        "a-b",
        "\\u001b[31m",
        "\u202e",
        "a\u200bb",
        "::error::x",
        "##[error]",
        "${a}",
        "",
        "a b",
        "\u00e9",
    ):
        yield _case(
            f"label {name[:20]!r}",
            HCL + f'resource "aws_ebs_volume" "{name}" {{\n  encrypted = false\n}}\n',
        )
        yield _case(
            f"key {name[:20]!r}",
            HCL
            + f'resource "aws_ebs_volume" "k" {{\n  for_each = toset(["{name}"])\n  encrypted = false\n}}\n',
        )


def _values() -> Iterator[Case]:
    functions = (
        "file",
        "templatefile",
        "fileexists",
        "filebase64",
        "fileset",
        "filemd5",
        "pathexpand",
        "abspath",
        "env",
        "timestamp",
        "uuid",
        "plantimestamp",
        "bcrypt",
        "nonsensitive",
        "jsondecode",
        "yamldecode",
        "csvdecode",
        "base64decode",
        "base64gzip",
        "rsadecrypt",
        "regex",
        "regexall",
        "replace",
        "templatestring",
        "sort",
        "setproduct",
        "range",
        "format",
        "formatlist",
        "repeat",
        "join",
        "cidrsubnets",
    )
    for function in functions:
        for given in (
            '"/etc/passwd"',
            '"../../secret", {}',
            '"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"',
            "1000000000",
            "[1,2], [1,2]",
            "null",
            "var.unknown",
            "",
            '"%1000000000d", 1',
            '"{\\"a\\": [[[", 1',
        ):
            yield _case(
                f"{function}({given[:20]})",
                HCL
                + f"locals {{\n  a = {function}({given})\n}}\n"
                + 'resource "aws_ebs_volume" "f" {\n  encrypted = local.a\n}\n',
                lies={"aws_ebs_volume.f": "encrypted|unencrypted"}
                if function in ("file", "env", "uuid")
                else {},
                files={"secret": CANARY.encode()},
            )


def _growth() -> Iterator[Case]:
    doubling = "".join(f'  l{i} = "${{local.l{i + 1}}}${{local.l{i + 1}}}"\n' for i in range(60))
    yield _case(
        "locals that double",
        HCL
        + f'locals {{\n{doubling}  l60 = "x"\n}}\n'
        + 'resource "aws_ebs_volume" "g" {\n  encrypted = local.l0 == ""\n}\n',
    )
    lists = "".join(f"  l{i} = [local.l{i + 1}, local.l{i + 1}]\n" for i in range(60))
    yield _case(
        "lists that double",
        HCL
        + f"locals {{\n{lists}  l60 = []\n}}\n"
        + 'resource "aws_ebs_volume" "g" {\n  encrypted = length(flatten(local.l0)) == 1\n}\n',
    )
    ring = "".join(f"  l{i} = local.l{(i + 1) % 1000}\n" for i in range(1000))
    yield _case(
        "a ring of locals",
        HCL
        + f"locals {{\n{ring}}}\n"
        + 'resource "aws_ebs_volume" "g" {\n  encrypted = local.l0\n}\n',
    )
    chain = "".join(f"  l{i} = local.l{i + 1}\n" for i in range(5000))
    yield _case(
        "a chain of 5,000 locals",
        HCL
        + f"locals {{\n{chain}  l5000 = true\n}}\n"
        + 'resource "aws_ebs_volume" "g" {\n  encrypted = local.l0\n}\n',
        lies={"aws_ebs_volume.g": "unencrypted"},
    )
    for count in (
        "1000000000",
        "1e18",
        "-1",
        "var.unknown",
        "null",
        '"x"',
        "99999999999999999999999999",
    ):
        yield _case(
            f"count {count}",
            HCL + f'resource "aws_ebs_volume" "c" {{\n  count = {count}\n  encrypted = false\n}}\n',
        )
    yield _case(
        "for_each of a product",
        HCL
        + 'resource "aws_ebs_volume" "c" {\n  for_each = toset([for a in setproduct(range(1000), range(1000)) : "${a[0]}-${a[1]}"])\n  encrypted = false\n}\n',
    )
    names = ", ".join(f'"n{i}"' for i in range(20_000))
    yield _case(
        "for_each of 20,000",
        HCL
        + f'resource "aws_ebs_volume" "c" {{\n  for_each = toset([{names}])\n  encrypted = false\n}}\n',
        states=STATES,
    )
    items = ", ".join("1" for _ in range(50_000))
    yield _case("a list of 50,000", HCL + f"locals {{\n  a = [{items}]\n}}\n", states=STATES)
    yield _case(
        "a string of 900 kB", HCL + 'locals {\n  a = "' + "x" * 900_000 + '"\n}\n', states=STATES
    )
    yield _case(
        "a heredoc of 900 kB",
        HCL + "locals {\n  a = <<A\n" + "x\n" * 450_000 + "A\n}\n",
        states=STATES,
    )
    yield _case("a comment of 900 kB", HCL + "/*" + "*" * 900_000 + "*/\n", states=STATES)
    yield _case("900 kB of newlines", HCL + "\n" * 900_000, states=STATES)
    yield _case("900 kB of blanks", HCL + " " * 900_000, states=STATES)
    yield _case("2 MB", HCL + "#" * 2_000_000, refused=True)
    yield _case(
        "20,000 variables",
        HCL + "".join(f'variable "v{i}" {{}}\n' for i in range(20_000)),
        states=STATES,
    )
    yield _case(
        "2,000 volumes",
        HCL
        + "".join(
            f'resource "aws_ebs_volume" "v{i}" {{\n  encrypted = true\n}}\n' for i in range(2000)
        ),
        states=STATES,
    )
    choices = "".join(f'variable "c{i}" {{ type = bool }}\n' for i in range(60))
    value = "true"
    for i in range(60):
        value = f"var.c{i} ? {value} : false"
    yield _case(
        "60 choices",
        HCL + choices + f'resource "aws_ebs_volume" "c" {{\n  encrypted = {value}\n}}\n',
        lies={"aws_ebs_volume.c": "encrypted|unencrypted"},
    )
    ands = " && ".join(f"var.c{i}" for i in range(60))
    yield _case(
        "60 ands",
        HCL + choices + f'resource "aws_ebs_volume" "c" {{\n  encrypted = {ands}\n}}\n',
        lies={"aws_ebs_volume.c": "encrypted|unencrypted"},
    )
    regex = 'can(regex("^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))'
    yield _case(
        "a slow pattern", HCL + f'resource "aws_ebs_volume" "c" {{\n  encrypted = {regex}\n}}\n'
    )
    yield _case(
        "an interpolation of 16 characters", HCL + 'locals {\n  a = "' + "${a" * 16 + '"\n}\n'
    )


def _modules() -> Iterator[Case]:
    volume = b'resource "aws_ebs_volume" "v" {\n  encrypted = false\n}\n'
    itself = 'module "m" {\n  source = "./"\n}\n'
    yield _case("a module that calls itself", HCL + itself)
    yield _case(
        "a module that calls its caller",
        HCL + 'module "m" {\n  source = "./m"\n}\n',
        files={"m/main.tf": b'module "n" {\n  source = "../"\n}\n'},
    )
    for count in ("3", "1000000"):
        levels = {}
        for i in range(20):
            inner = f'module "m" {{\n  count = {count}\n  source = "./m"\n}}\n'.encode()
            levels["m/" * (i + 1) + "main.tf"] = inner if i < 19 else volume
        yield _case(
            f"20 modules of {count}",
            HCL + f'module "m" {{\n  count = {count}\n  source = "./m"\n}}\n',
            files=levels,
        )
    for name, text in {
        "a comment": '# module "m" { source = "../" }\n',
        "a local": 'locals {\n  source = "../"\n}\n',
        "a text": 'locals {\n  a = <<A\nmodule "m" {\n  source = "../"\n}\nA\n}\n',
        "a block inside": 'locals {\n  module "m" {\n    source = "../"\n  }\n}\n',
        "a call of nothing": 'module "m" {\n  source = "../"\n  count  = 0\n}\n',
        "a call for nothing": 'module "m" {\n  source   = "../"\n  for_each = {}\n}\n',
    }.items():
        yield _case(
            f"{name} that seems to call",
            HCL,
            files={"aside/main.tf": text.encode(), "other/main.tf": b"locals {}\n"},
            states=STATES,
        )
    yield _case(
        "a ring of modules beside another root",
        HCL + 'module "m" {\n  source = "./m"\n}\n',
        files={
            "m/main.tf": b'module "n" {\n  source = "../"\n}\n',
            "other/main.tf": b"locals {}\n",
        },
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "a root that somebody calls",
        HCL + 'terraform {\n  backend "s3" {}\n}\n',
        files={"aside/main.tf": b'module "m" {\n  source = "../"\n  count = var.x\n}\n'},
        states=STATES,
    )
    deep = {
        ("m/" * (i + 1)) + "main.tf": b'module "m" {\n  source = "./m"\n}\n' if i < 59 else volume
        for i in range(60)
    }
    yield _case(
        "60 modules inside each other", HCL + 'module "m" {\n  source = "./m"\n}\n', files=deep
    )
    twice = {
        ("m/" * (i + 1))
        + "main.tf": b'module "m" {\n  source = "./m"\n}\nmodule "n" {\n  source = "./m"\n}\n'
        if i < 19
        else volume
        for i in range(20)
    }
    yield _case(
        "20 levels of two modules", HCL + 'module "m" {\n  source = "./m"\n}\n', files=twice
    )
    for source in (
        "/etc",
        "../../../../etc",
        "git::https://example.invalid/x",
        "https://169.254.169.254/x",
        "s3::https://x",
        "./\\u0000",
        "./" + "a/" * 3000,
        "",
        "./m\n",
        "~/x",
        "${path.root}/m",
        "./nothing",
        "C:\\\\x",
        "file:///etc",
    ):
        yield _case(
            f"source {source[:30]!r}",
            HCL + f'module "m" {{\n  source = "{source}"\n}}\n',
            lies=NEVER_GREEN,
        )


def _variables() -> Iterator[Case]:
    flag = HCL.replace("encrypted         = true", "encrypted = var.unknown")
    lies = {SAFE: "encrypted|unencrypted"}
    for file in ("x.tfvars", "sub/terraform.tfvars"):
        yield _case(f"{file} nobody named", flag, files={file: b"unknown = true\n"}, lies=lies)
    for name, data in {
        "twice": b"unknown = false\nunknown = true\n",
        "a block": b"unknown { }\n",
        "deep": b"unknown = " + b"[" * 3000 + b"]" * 3000,
        "unclosed": b'unknown = "',
        "UTF-16": "unknown = true".encode("utf-16"),
        "a function": b'unknown = file("/etc/passwd")\n',
        "NUL": b"unknown = \0",
        "a secret": b'unknown = "' + CANARY.encode() + b'"\n',
        "digits": b"unknown = " + b"9" * 5000,
    }.items():
        yield _case(f"terraform.tfvars {name}", flag, files={"terraform.tfvars": data}, lies=lies)
        yield _case(
            f"--var-file {name}",
            flag,
            files={"v.tfvars": data},
            args=("--var-file", "v.tfvars"),
            lies=lies,
        )
    for name, body in {
        "deep": "[" * 3000 + "]" * 3000,
        "NaN": '{"unknown": NaN}',
        "a list": "[]",
        "digits": '{"unknown": %s}' % ("9" * 5000),
        "twice": '{"unknown": false, "unknown": true}',
        "half a pair": '{"unknown": "\\ud800"}',
    }.items():
        yield _case(
            f"terraform.tfvars.json {name}",
            flag,
            files={"terraform.tfvars.json": body.encode()},
            lies=lies,
        )
    yield _case("--var with odd text", flag, args=("--var", "unknown=\x1b[31m::error::"), lies=lies)
    yield _case("--var that is HCL", flag, args=("--var", "unknown=[" * 1000), lies=lies)


def _json() -> Iterator[Case]:
    made: dict[str, Any] = {
        "resource": {
            "aws_ebs_volume": {
                "plain": {"availability_zone": "a", "encrypted": False, "tags": {"Name": CANARY}},
                "safe": {"availability_zone": "a", "encrypted": True},
            }
        }
    }
    text = json.dumps(made)
    yield _case("JSON", text, "main.tf.json", states=STATES)
    yield _case("JSON with a mark", "\ufeff" + text, "main.tf.json", lies=NEVER_GREEN)
    yield _case(
        "JSON flag twice",
        text.replace('"encrypted": false', '"encrypted": false, "encrypted": true'),
        "main.tf.json",
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "JSON type twice",
        text.replace('"plain": {', '"plain": {"encrypted": true}, "plain": {'),
        "main.tf.json",
        lies={PLAIN: "encrypted"},
    )
    yield _case(
        "JSON type in escapes",
        text.replace("aws_ebs_volume", "aws_ebs_\\u0076olume"),
        "main.tf.json",
        states=STATES,
    )
    for odd in (
        "null",
        "[]",
        "{}",
        "7",
        '"x"',
        "[[]]",
        "[null]",
        '{"": {}}',
        "NaN",
        "9" * 5000,
        '"${"',
        '"${true}"',
        '"${var.x}"',
        "[" * 3000 + "]" * 3000,
        '"\\ud800"',
    ):
        name = odd[:20]
        yield _case(f"JSON flag {name}", text.replace("true", odd), "main.tf.json")
        yield _case(
            f"JSON volume {name}",
            text.replace('{"availability_zone": "a", "encrypted": true}', odd),
            "main.tf.json",
        )
        yield _case(
            f"JSON volumes {name}",
            json.dumps({"resource": {"aws_ebs_volume": "@"}}).replace('"@"', odd),
            "main.tf.json",
        )
        yield _case(f"JSON types {name}", '{"resource": %s}' % odd, "main.tf.json")
        yield _case(f"JSON {name}", odd, "main.tf.json")
        yield _case(
            f"JSON module {name}",
            '{"module": {"m": %s}, "variable": %s, "locals": %s}' % (odd, odd, odd),
            "main.tf.json",
        )
