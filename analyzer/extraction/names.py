"""Resources by the ids, ARNs and names that a value in the input may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from analyzer.core.values import ABSENT, Datum, Unknown, text
from analyzer.resources import entry_of, own_name
from analyzer.resources.spec import (
    BuildsImage,
    CopiesImage,
    CreatesImage,
    DataImage,
    DataState,
    Entry,
    ImageParameter,
    Launches,
    Makes,
    Part,
    RegistersImage,
)
from analyzer.sources.document import Resource

__all__ = ["Names", "Tells", "is_image", "is_launch", "is_snapshot", "is_volume"]

#: Tells of a part whether it stands for what a literal may name.
Tells = Callable[[Part], bool]

_IMAGES = (DataImage, ImageParameter, CopiesImage, RegistersImage, CreatesImage, BuildsImage)


def is_snapshot(part: Part) -> bool:
    """Whether a part makes or looks up a snapshot."""
    return isinstance(part, (Makes, DataState)) and part.kind == "snapshot"


def is_volume(part: Part) -> bool:
    """Whether a part makes or looks up a volume."""
    return isinstance(part, (Makes, DataState)) and part.kind == "volume"


def is_image(part: Part) -> bool:
    """Whether a part makes or looks up an image, or a parameter that may hold one's id."""
    return isinstance(part, _IMAGES)


def is_launch(part: Part) -> bool:
    """Whether a part launches instances."""
    return isinstance(part, Launches)


class Names(msgspec.Struct):
    """Finds resources by name, among those of some types or with some parts.

    An index is made when a name is looked up in it first: it reads the bodies of all
    that are in it, which are most of what is read of a plan that changes little.
    A name that is not known yet, such as `!Sub ${AWS::StackName}-web`, is the same wherever
    the same is written.
    """

    resources: Sequence[Resource]
    _indexes: dict[object, Mapping[str, Sequence[Resource]]] = msgspec.field(default_factory=dict)

    def find(self, name: Datum, types: tuple[str, ...], tells: Tells | None) -> Sequence[Resource]:
        """All that have a name, being of one of these types or having such a part."""
        word = _word(name)
        if not word:
            return ()
        index = self._indexes.get((types, tells))
        if index is None:
            index = self._indexes[types, tells] = self._index(types, tells)
        return index.get(word, ())

    def _index(
        self, types: tuple[str, ...], tells: Tells | None
    ) -> Mapping[str, Sequence[Resource]]:
        index: dict[str, list[Resource]] = {}
        wanted: dict[tuple[str, bool], Entry | None] = {}
        for resource in self.resources:
            key = (resource.type, resource.data)
            if key not in wanted:
                entry = entry_of(resource.type, data=resource.data)
                fits = entry is not None and (
                    own_name(resource.type) in types
                    or (tells is not None and any(map(tells, entry.parts)))
                )
                wanted[key] = entry if fits else None
            found = wanted[key]
            for argument in found.names if found is not None else ():
                names = [resource.body.get(argument, ABSENT)]
                if not text(names[0]) and resource.before is not None:
                    names.append(resource.before.get(argument, ABSENT))
                for word in filter(None, map(_word, names)):
                    index.setdefault(word, []).append(resource)
        return index


def _word(name: Datum) -> str | None:
    """A word for a name; one that is not known is told apart from all that are."""
    return f"\0{name.name}" if isinstance(name, Unknown) else text(name)
