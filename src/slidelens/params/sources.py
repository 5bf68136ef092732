"""Define the sources that the first network is pretrained on: one event, or a list of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, Discriminator, Field, Tag

from slidelens.params import quantities as q
from slidelens.params.types import Section, Text, TileSide

_SINGLE, _SEVERAL = "single", "several"  # tags of the two forms, which pydantic puts into errors
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)


def _names_a_folder(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a source; use at most 60 of a–z, A–Z, 0–9, - and _")
    return name


class PretrainAreaParams(Section):
    """The geographically separate area of pretraining; paths below study.root."""

    scene: Text
    inventory: Text
    aoi: Text | None = None
    tile_px: TileSide | None = None
    pixel_m: q.PixelSide | None = None
    landslide_share: q.OpenShare | None = None


class SourceParams(PretrainAreaParams):
    """One of several areas of pretraining.

    Attributes:
        name: Name of its folder below data/prepared/pretrain, and in scores and weights.
        weight: Share of the patches and of the validation ground, beside the others' weights.
    """

    name: Annotated[Text, AfterValidator(_names_a_folder)]
    weight: q.SourceWeight = 1.0


def _distinct(sources: tuple[SourceParams, ...]) -> tuple[SourceParams, ...]:
    # Folders of some file systems do not tell capitals from small letters.
    name, number = Counter(source.name.lower() for source in sources).most_common(1)[0]
    if number > 1:
        raise ValueError(f"{number} sources are called {name}; give each a name of its own")
    return sources


def _kind(value: Any) -> str:
    return _SEVERAL if isinstance(value, list | tuple) else _SINGLE


Pretraining = Annotated[
    Annotated[PretrainAreaParams, Tag(_SINGLE)]
    | Annotated[
        tuple[SourceParams, ...],
        Field(min_length=1, strict=False),
        AfterValidator(_distinct),
        Tag(_SEVERAL),
    ],
    Discriminator(_kind),
]


def by_name(
    pretrain: PretrainAreaParams | tuple[SourceParams, ...],
) -> dict[str | None, PretrainAreaParams]:
    """Return the sources by name; one event has none."""
    if isinstance(pretrain, PretrainAreaParams):
        return {None: pretrain}
    return {source.name: source for source in pretrain}


def parameter_of(source: str | None, name: str) -> str:
    """Return the name of a parameter of a source, for messages.

    Args:
        source: Name of the source; None for one event.
        name: Name of the parameter.
    """
    return f"study.pretrain.{name}{'' if source is None else f' of {source}'}"


def untagged(location: Sequence[int | str]) -> list[int | str]:
    """Return the place of an error without the tag that tells which form the sources have."""
    pairs = zip(location, ["", *location], strict=False)
    return [
        part for part, before in pairs if before != "pretrain" or part not in (_SINGLE, _SEVERAL)
    ]


def section_of(annotation: Any, location: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the section that a parameter holds, or a list of them; None for a plain value.

    Args:
        annotation: Type of the parameter.
        location: Place of an error, with the tag that tells which form the sources have.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    sections = [found for kind in get_args(annotation) if (found := section_of(kind, location))]
    return sections[-1 if _SEVERAL in location else 0] if sections else None
