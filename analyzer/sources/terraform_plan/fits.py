"""Which unknown attributes an argument can come from, where the file hides its expression.

A key comes from a key and a snapshot id from a snapshot; anything can decide a Boolean or a
list of blocks. Nobody decides one by the id of a subnet, though, which other arguments read.
"""

from __future__ import annotations

from analyzer.core.values import Datum
from analyzer.sources.terraform_plan.addresses import parse_steps
from analyzer.sources.terraform_plan.references import reference_in

__all__ = ["argument", "can_be", "can_give", "fits", "is_told", "made_up", "may_decide"]

#: From which types an argument can come, by parts of their names.
_TYPES = {
    "ami": ("_ami", "_image", "_parameter"),
    "image_id": ("_ami", "_image", "_parameter"),
    "image_id_override": ("_ami", "_image", "_parameter"),
    "kms_key_id": ("_kms_",),
    "launch_configuration": ("launch_configuration",),
    "launch_template_id": ("launch_template",),
    "launch_template_name": ("launch_template",),
    "snapshot_id": ("snapshot", "_ami"),
    "version": ("launch_template",),
}
#: Parts of types and attributes that a condition on encryption is made of.
_CONDITIONS = ("_kms_", "encrypt", "external", "random_", "_parameter", "terraform_", "time_")
#: Parts of attributes that hold what another resource or program made known.
_VALUES = {
    "kms_key_id": ("arn", "key", "kms", "output", "result", "value"),
    "snapshot_id": ("output", "result", "snapshot", "value"),
}
#: Attributes that hold whatever another program, stack or configuration made known.
_OPAQUE = frozenset(
    (
        *("data", "output", "outputs", "response_body", "result"),
        *("secret_string", "stdout", "value", "values"),
    )
)
#: Types whose results are made up, or looked at, by Terraform itself: nothing comes from outside.
_MADE_UP = ("random_", "time_", "tls_")
_TEMPLATE = ("launch_template", "launch_template_specification")


def argument(key: str, path: str) -> str:
    """The full name of an argument: `id` in a block that names a template is that one's."""
    if key in ("id", "name"):
        block = path.rpartition(".")[2].partition("[")[0]
        if block in _TEMPLATE:
            return f"launch_template_{key}"
    return key


def is_told(key: str) -> bool:
    """Whether the types that an argument comes from are told."""
    return key in _TYPES


def may_decide(key: str, address: str, attribute: str) -> bool:
    """Whether an attribute that other arguments read may well decide this one, too."""
    if is_told(key):
        return fits(key, address, attribute)
    type_ = _type_of(address)
    return any(part in type_ or part in attribute for part in _CONDITIONS)


def can_be(key: str, address: str, attribute: str) -> bool:
    """Whether an attribute can be the value of an argument, not only a condition on it."""
    parts = _VALUES.get(key)
    if parts is None or fits(key, address, attribute):
        return True
    return any(part in attribute for part in parts)


def fits(key: str, address: str, attribute: str) -> bool:
    """Whether an argument can read this attribute of a resource."""
    parts = _TYPES.get(key)
    if parts is None:
        return True
    type_ = _type_of(address)
    if attribute in _OPAQUE and not type_.startswith(_MADE_UP):
        return True
    if not any(part in type_ for part in parts):
        return False
    if "launch_template" not in type_:
        return True
    # a template gives its id, its name and its versions
    if key == "version":
        return "version" in attribute
    return ("name" in attribute) is key.endswith("_name") and "version" not in attribute


def can_give(key: str, datum: Datum) -> bool:
    """Whether an argument can be what a datum names; of anything else, nothing tells."""
    ref = reference_in(datum)
    return ref is None or fits(key, ref.address, ref.attribute)


def made_up(address: str) -> bool:
    """Whether a resource makes a text up (`random_id`)."""
    return _type_of(address).startswith("random_")


def _type_of(address: str) -> str:
    """The type of the resource at an address."""
    names = parse_steps(address)
    return names[-2].name if len(names) > 1 else address
