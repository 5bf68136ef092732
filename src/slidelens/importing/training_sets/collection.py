"""What a training set is made of: images with their landslides, read one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from slidelens.types import Mask, Shapes


@dataclass(frozen=True)
class Pixels:
    """The pixels of an image and its landslides.

    Attributes:
        values: (height, width, bands).
        valid: (height, width), false where nothing is seen.
        landslides: (height, width) mask of landslide pixels, or outlines in pixels: x to the right
            and y down from the upper left corner.
    """

    values: NDArray[Any]
    valid: Mask
    landslides: Mask | Shapes


@dataclass(frozen=True)
class Image:
    """An image of a training set.

    Attributes:
        name: Name of its file, or its number.
        shape: Height and width, pixels.
        read: Returns its pixels.
    """

    name: str
    shape: tuple[int, int]
    read: Callable[[], Pixels]


@dataclass(frozen=True)
class Part:
    """A part of a training set, which becomes one mosaic.

    Attributes:
        name: For example `train`; empty if the set has no parts.
        images: In the order of the mosaic.
        bands: Names of the bands.
        dtype: Type of the values.
        values: What the values are, for the tags of the mosaic.
        groups: Number of images of each group, in the order of the mosaic; empty without groups.
        doubt: Returns what is doubtful about the images, once all are read; None: nothing.
    """

    name: str
    images: Sequence[Image]
    bands: tuple[str, ...]
    dtype: str
    values: str
    groups: Mapping[str, int] = field(default_factory=dict)
    doubt: Callable[[], str | None] = lambda: None
