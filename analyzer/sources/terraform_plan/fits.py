"""Which unknown attributes an argument can come from, where the file hides its expression.

A key comes from a key and a snapshot id from a snapshot; anything can decide a Boolean or a
list of blocks.
"""

from __future__ import annotations

__all__ = ["argument", "fits", "is_told"]

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


def fits(key: str, address: str, attribute: str) -> bool:
    """Whether an argument can read this attribute of a resource."""
    parts = _TYPES.get(key)
    if parts is None:
        return True
    if not any(part in address for part in parts):
        return False
    if "launch_template" not in address:
        return True
    # a template gives its id, its name and its versions
    if key == "version":
        return "version" in attribute
    return ("name" in attribute) is key.endswith("_name") and "version" not in attribute
