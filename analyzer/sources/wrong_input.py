"""Files that are no plan: which wrong file it is, and the command that makes the right one.

Most first runs fail on one of a few files: the binary plan, the text that `terraform plan` prints,
its JSON-lines stream, the raw state, a file that PowerShell wrote as UTF-16. Each is one row of a
table with its own words. `plain` looks at a few bytes of every input; `not_a_plan` runs only when
decoding failed or found nothing of a plan, so it costs a good plan nothing.
"""

from __future__ import annotations

import codecs
import re

import msgspec

from analyzer.errors import InputError
from analyzer.sources.json_scan import decode_error, json_error, locate, top_level

__all__ = ["MAKE_PLAN", "not_a_plan", "plain"]

#: The command that makes the file that is wanted.
MAKE_PLAN = "make it with: terraform show -json PLAN > plan.json"
_SAVE_PLAN = (
    "save the plan with terraform plan -out PLAN, then: terraform show -json PLAN > plan.json"
)
_MAKE_STATE = "make it with: terraform show -json > state.json"
_POWERSHELL = (
    "PowerShell's > writes UTF-16; make it with:"
    " terraform show -json PLAN | Out-File -Encoding utf8 plan.json"
)
#: How much of a file is searched for what kind of text it is.
_HEAD = 1 << 20


class _ByBytes(msgspec.Struct, frozen=True, kw_only=True):
    """A wrong file that its first bytes give away."""

    code: str
    starts: tuple[bytes, ...]
    message: str
    hint: str


class _ByKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON object that is something else, by its top-level keys."""

    code: str
    all_of: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    message: str
    hint: str = MAKE_PLAN

    def matches(self, keys: frozenset[str]) -> bool:
        return keys.issuperset(self.all_of) and (
            not self.one_of or not keys.isdisjoint(self.one_of)
        )


class _ByText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is no JSON at all, by what is written in it.

    The pattern is compiled when a text is at hand: for a good plan there is none.
    """

    code: str
    pattern: bytes
    message: str
    hint: str = MAKE_PLAN


_BY_BYTES = (
    _ByBytes(
        code="input-utf16",
        starts=(codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{", b"[\0", b"\0["),
        message="is written in UTF-16, not in UTF-8",
        hint=_POWERSHELL,
    ),
    _ByBytes(
        code="input-binary-plan",
        starts=(b"PK\x03\x04", b"PK\x05\x06", b"tfplan"),
        message="is a plan file of terraform plan -out or another archive, not JSON",
        hint=MAKE_PLAN,
    ),
    _ByBytes(
        code="input-compressed",
        starts=(b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"),
        message="is compressed",
        hint="decompress it first, for example: gunzip -c FILE | ebs-plan scan -",
    ),
    _ByBytes(
        code="input-binary",
        starts=(b"\x7fELF", b"MZ\x90", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\0"),
        message="is a binary file, not text",
        hint=MAKE_PLAN,
    ),
)

_BY_KEYS = (
    _ByKeys(
        code="input-json-lines",
        all_of=("@level", "@message"),
        message="is the log of terraform plan -json, one JSON object per line, not the plan",
        hint=_SAVE_PLAN,
    ),
    _ByKeys(
        code="input-encrypted",
        all_of=("encrypted_data",),
        message="is encrypted by OpenTofu",
        hint="with the same encryption settings: tofu show -json PLAN > plan.json",
    ),
    _ByKeys(
        code="input-redacted-plan",
        all_of=("plan_format_version",),
        message="is the redacted plan of HCP Terraform, in which values are missing",
        hint="download the plan's JSON output, not the redacted one, or "
        "make it with: terraform show -json PLAN > plan.json",
    ),
    _ByKeys(
        code="input-cloud-plan",
        all_of=("remote_plan_format", "run_id"),
        message="only says where HCP Terraform keeps the plan",
        hint="logged in to it, in the folder of the configuration: "
        "terraform show -json PLAN > plan.json",
    ),
    _ByKeys(
        code="input-policy",
        all_of=("spacelift", "terraform"),
        message="is the input of a Spacelift policy, which does not hold the whole plan",
    ),
    _ByKeys(
        code="input-raw-state",
        all_of=("version",),
        one_of=("lineage", "serial"),
        message="is a raw state file, whose format is Terraform's own",
        hint=_MAKE_STATE,
    ),
    _ByKeys(
        code="input-schemas",
        all_of=("provider_schemas",),
        message="is the output of terraform providers schema -json",
    ),
    _ByKeys(
        code="input-validation",
        all_of=("valid", "diagnostics"),
        message="is the output of terraform validate -json",
    ),
    _ByKeys(
        code="input-version",
        all_of=("terraform_version", "provider_selections"),
        message="is the output of terraform version -json",
    ),
    _ByKeys(
        code="input-configuration",
        one_of=("resource", "module", "provider", "terraform"),
        message="is Terraform source in JSON syntax",
        hint="name it with the ending .tf.json, or make a plan of it: "
        "terraform show -json PLAN > plan.json",
    ),
)

_BY_TEXT = (
    _ByText(
        code="input-plan-text",
        pattern=(
            rb"(?m)(?:Terraform|OpenTofu) "
            rb"(?:used the selected|will perform|has compared|planned the)"
            rb"|^(?:\x1b\[[0-9;]*m)*No changes\. "
            rb"|^(?:\x1b\[[0-9;]*m|[ ])*# \S+ (?:will|must) be "
            rb"|^(?:\x1b\[[0-9;]*m)*Plan:(?:\x1b\[[0-9;]*m)* [0-9]+ to add"
        ),
        message="is the text that terraform plan prints for people",
        hint=_SAVE_PLAN,
    ),
    _ByText(
        code="input-error-text",
        pattern=rb"(?m)^(?:\x1b\[[0-9;]*m|[ \xe2\x94\x82\xb7\x95])*Error: ",
        message="is the error message of a command, not its result",
        hint="run the command again and look at what it says; then: "
        "terraform show -json PLAN > plan.json",
    ),
    _ByText(
        code="input-markup",
        pattern=rb"(?i)\A\s*<(?:!DOCTYPE|html|\?xml)",
        message="is a web page or XML, as a failed download leaves it",
    ),
    _ByText(
        code="input-source",
        pattern=(rb'(?m)^(?:resource|data) +"[a-z0-9_]+" +"[\w-]+" *\{|^(?:terraform|locals) *\{'),
        message="is Terraform source",
        hint="name it with the ending .tf, or make a plan of it: "
        "terraform show -json PLAN > plan.json",
    ),
)


def plain(path: str, data: bytes) -> bytes:
    """The bytes of a text file without a byte order mark.

    Raises:
        InputError: the file is empty, UTF-16, an archive, compressed or otherwise binary.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data[:4096].strip() and not data.strip():
        raise InputError(path, "input-empty", "is empty", hint=MAKE_PLAN)
    for row in _BY_BYTES:
        if data.startswith(row.starts):
            raise InputError(path, row.code, row.message, hint=row.hint)
    return data


def not_a_plan(path: str, data: bytes, error: Exception | None = None) -> InputError:
    """Why an input cannot be read as a plan or state.

    Args:
        path: the input.
        data: what `plain` returned.
        error: what msgspec raised while decoding; `None` if it decoded and holds nothing of a
            plan or state.
    """
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as broken:
        return _no_json(path, data, broken)
    if data.lstrip()[:1] != b"{":
        return InputError(path, "input-not-plan", "is JSON, but no object", hint=MAKE_PLAN)
    keys = frozenset(top_level(data) or ())
    for row in _BY_KEYS:
        if row.matches(keys):
            return InputError(path, row.code, row.message, hint=row.hint)
    if error is not None:
        return decode_error(path, data, error, hint=MAKE_PLAN)
    message = "is JSON, but neither a plan nor a state of Terraform or OpenTofu"
    return InputError(path, "input-not-plan", message, hint=MAKE_PLAN)


def _no_json(path: str, data: bytes, error: Exception) -> InputError:
    log = _BY_KEYS[0]
    first_line = data[:_HEAD].partition(b"\n")[0]
    if log.matches(frozenset(top_level(first_line) or ())):
        return InputError(path, log.code, log.message, hint=log.hint)
    if data.lstrip()[:1] not in (b"{", b"[") or data.startswith(b"[command]"):
        return _text(path, data)  # the wrapper of GitHub Actions begins with the command
    found = decode_error(path, data, error, hint=MAKE_PLAN)
    if "trailing characters" in found.problem.message:
        return InputError(
            path,
            "input-text-after",
            "goes on after the end of the JSON",
            line=found.problem.line,
            column=found.problem.column,
            hint="remove what follows; in GitHub Actions set terraform_wrapper: false for"
            " hashicorp/setup-terraform, whose wrapper adds lines",
        )
    return found


def _text(path: str, data: bytes) -> InputError:
    """Something that does not begin like JSON."""
    head = data[:_HEAD]
    for start in list(re.finditer(_PLAN_START, head))[:_TRIES]:
        if _begins_with_object(data[start.start() :]):
            line, column = locate(data, start.start())
            return InputError(
                path,
                "input-text-before",
                f"has other text before the JSON, which begins on line {line}",
                line=line,
                column=column,
                hint="keep messages out of the file: terraform show -json PLAN > plan.json"
                " (in GitHub Actions with terraform_wrapper: false)",
            )
    for row in _BY_TEXT:
        if re.search(row.pattern, head):
            return InputError(path, row.code, row.message, hint=row.hint)
    if b"\0" in head:
        return InputError(path, "input-binary", "is a binary file, not text", hint=MAKE_PLAN)
    offset = len(data) - len(data.lstrip())
    return json_error(path, data, offset, "it does not begin with an object", MAKE_PLAN)


def _begins_with_object(data: bytes) -> bool:
    """Whether a JSON object stands here, whatever follows.

    The wrapper of GitHub Actions writes lines of its own before what a command printed and after.
    """
    try:
        msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        return "trailing characters" in str(broken)
    return True


_PLAN_START = rb'(?m)^[ \t]*(?=\{)|(?=\{"format_version")'
_TRIES = 5
