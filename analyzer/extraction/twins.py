"""Resources of Terraform's `awscc` provider, readable by CloudFormation's names.

Its types are CloudFormation's, with `kms_key_id` for `KmsKeyId`; names are compared without
case and underscores, so that no rule of spelling needs to be guessed (`ec_2_configuration`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from analyzer.core.values import Choice, Datum, Given
from analyzer.resources import own_name
from analyzer.sources.document import Resource

__all__ = ["as_cloudformation"]


def as_cloudformation(resource: Resource) -> Resource:
    """A resource of the twin provider with bodies that CloudFormation's paths lead through.

    Others are returned as they are.
    """
    if own_name(resource.type) == resource.type:
        return resource
    before = _Body(resource.before) if resource.before is not None else None
    return replace(resource, body=_Body(resource.body), before=before)


class _Body(Mapping[str, Datum]):
    __slots__ = ("_inner", "_names")

    def __init__(self, inner: Mapping[str, Datum]) -> None:
        self._inner = inner
        self._names: dict[str, str] | None = None

    def __getitem__(self, name: str) -> Datum:
        if self._names is None:
            self._names = {_bare(key): key for key in self._inner}
        return _read(self._inner[self._names[_bare(name)]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _read(datum: Datum) -> Datum:
    if isinstance(datum, Choice):
        return datum.map(_read)
    if isinstance(datum, Given):
        value = datum.value
        if isinstance(value, Mapping):
            return Given(_Body(value), datum.origin, datum.sensitive)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return Given([_read(item) for item in value], datum.origin, datum.sensitive)
    return datum
