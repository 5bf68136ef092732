"""Channels that tell how ground has changed since an earlier image: names, places, statistics.

There is one for each band, the difference of its standard scores, and one that tells where the
change is known. They are 0 where it is not, and are never standardised again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slidelens.dataset.level_channels import level_places, set_levels
from slidelens.dataset.standardisation import (
    BandStatistics,
    standardise,
    standardise_locally,
)
from slidelens.dataset.windowed_scene import PixelReader
from slidelens.geo.rasters.scene import Scene
from slidelens.types import Float32, Mask

CHANGE = "change"
KNOWN = "change_known"
_PREFIX = "change_"


@dataclass(frozen=True)
class ChangeLayout:
    """Where the channels of the change lie among all channels.

    Attributes:
        bands: Names of the bands whose change is told.
        differences: Position of the change of each of them.
        known: Position of the channel that is 1 where the change is known and 0 elsewhere.
        own: Positions of all other channels.
    """

    bands: tuple[str, ...]
    differences: tuple[int, ...]
    known: int
    own: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> ChangeLayout | None:
        """Return the layout of channels; None if they tell no change.

        Args:
            names: Names of all channels in order.
        """
        if KNOWN not in names:
            return None
        change = change_names([name for name in names if f"{_PREFIX}{name}" in names])
        return cls(
            bands=tuple(name.removeprefix(_PREFIX) for name in change[:-1]),
            differences=tuple(names.index(name) for name in change[:-1]),
            known=names.index(KNOWN),
            own=tuple(place for place, name in enumerate(names) if name not in change),
        )


def change_names(bands: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the channels that tell the change of bands."""
    return (*(f"{_PREFIX}{band}" for band in bands), KNOWN)


def own_channels(names: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of the channels that tell no change."""
    layout = ChangeLayout.of(names)
    return tuple(range(len(names))) if layout is None else layout.own


def own_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the channels that tell no change."""
    return tuple(names[place] for place in own_channels(names))


def leave_change(statistics: BandStatistics) -> BandStatistics:
    """Return statistics that leave the change as it is: mean 0 and deviation 1.

    Args:
        statistics: Of all channels.
    """
    layout = ChangeLayout.of(statistics.bands)
    if layout is None:
        return statistics
    change = {*layout.differences, layout.known}
    mean, deviation = (
        tuple(neutral if place in change else value for place, value in enumerate(values))
        for values, neutral in ((statistics.mean, 0.0), (statistics.deviation, 1.0))
    )
    return replace(statistics, mean=mean, deviation=deviation)


def standardise_around(
    pixels: Float32,
    valid: Mask,
    side: int,
    names: Sequence[str],
    levels: BandStatistics | None = None,
) -> Float32:
    """Standardise each pixel by its surroundings, the levels by the image, but not the change.

    Args:
        pixels: (height, width, channels).
        valid: (height, width) mask; see `standardise_locally`.
        side: Side of the surroundings, pixels.
        names: Names of the channels.
        levels: Statistics of all channels, for the levels among them; None: there are none.
    """
    of_image = () if levels is None else level_places(names)
    own = [place for place in own_channels(names) if place not in of_image]
    if len(own) == len(names):
        return standardise_locally(pixels, valid, side)
    result = np.where(valid[..., None], pixels, np.float32(0)).astype(np.float32)
    result[..., own] = standardise_locally(pixels[..., own], valid, side)
    if levels is not None:
        set_levels(result, pixels, valid, levels)
    return result


def change_between(
    later: Float32, earlier: Float32, known: Mask, moments: tuple[BandStatistics, BandStatistics]
) -> Float32:
    """Return how pixels have changed, in standard deviations of each band.

    Both images are standardised by the ground that both show, so that another light or unit is no
    change.

    Args:
        later: (height, width, bands).
        earlier: (height, width, bands) the same bands before.
        known: (height, width) pixels that both show and whose change is told.
        moments: Statistics of the bands on common ground, of the later and the earlier image.

    Returns:
        (height, width, bands + 1): the differences, 0 where not known, and 1 where known.
    """
    scores = [
        standardise(pixels, known, statistics)
        for pixels, statistics in zip((later, earlier), moments, strict=True)
    ]
    return np.concatenate([scores[0] - scores[1], known[..., None].astype(np.float32)], axis=-1)


def with_change(scene: Scene, change: Float32, bands: Sequence[str] | None = None) -> Scene:
    """Return a scene in memory with the channels of its change after its bands.

    Args:
        scene: The bands.
        change: (height, width, bands + 1) as `change_between` returns it.
        bands: Names of the bands whose change it is; by default all of the scene.
    """
    names = change_names(scene.bands if bands is None else bands)
    pixels = np.concatenate([scene.pixels, change], axis=-1)
    return Scene(scene.grid, (*scene.bands, *names), pixels, scene.valid)


def read_without_change(scene: Scene) -> PixelReader:
    """Return the function that reads the channels of a scene that tell no change."""
    own = own_channels(scene.bands)
    if len(own) == len(scene.bands):
        return scene.read
    return lambda part: scene.read(part)[..., own]
