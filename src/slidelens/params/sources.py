"""Define the sources that the first network is pretrained on: one event, or a list of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from slidelens.params import quantities as q
from slidelens.params.types import Section, Text, TileSide

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
    return "several" if isinstance(value, list | tuple) else "single"


# The tags appear in the places of errors, from which `messages` takes them out.
TAGS = ("single", "several")
Pretraining = Annotated[
    Annotated[PretrainAreaParams, Tag("single")]
    | Annotated[
        tuple[SourceParams, ...],
        Field(min_length=1, strict=False),
        AfterValidator(_distinct),
        Tag("several"),
    ],
    Discriminator(_kind),
]
