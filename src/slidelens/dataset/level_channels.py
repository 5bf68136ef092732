"""Channels that hold the level of a band within its whole image.

Standardised by its surroundings, a band tells how a place differs from the ground around it, but
not how bright it is. The channel `level_red` holds the band `red` standardised by the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slidelens.dataset.standardisation import BandStatistics, standardise
from slidelens.types import Float32, Mask

_PREFIX = "level_"


def level_names(bands: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the channels that hold the levels of bands."""
    return tuple(f"{_PREFIX}{band}" for band in bands)


def band_of_level(name: str, names: Sequence[str]) -> str | None:
    """Return the band whose level a channel holds; None if it is no such channel.

    Args:
        name: Name of the channel.
        names: Names of all channels; those of bands are among them.
    """
    band = name.removeprefix(_PREFIX)
    return band if band != name and band in names else None


def level_places(names: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of the channels that hold levels.

    Args:
        names: Names of all channels in order.
    """
    return tuple(place for place, name in enumerate(names) if band_of_level(name, names))


def chosen_statistics(statistics: BandStatistics, places: Sequence[int]) -> BandStatistics:
    """Return the statistics of some channels.

    Args:
        statistics: Of all channels.
        places: Positions of the channels to keep.
    """
    return BandStatistics(
        bands=tuple(statistics.bands[place] for place in places),
        mean=tuple(statistics.mean[place] for place in places),
        deviation=tuple(statistics.deviation[place] for place in places),
        pixels=statistics.pixels,
    )


def with_levels(statistics: BandStatistics, levels: BandStatistics) -> BandStatistics:
    """Return the statistics of channels and, after them, of levels.

    Args:
        statistics: Of the channels.
        levels: Of the levels.
    """
    return BandStatistics(
        bands=(*statistics.bands, *levels.bands),
        mean=(*statistics.mean, *levels.mean),
        deviation=(*statistics.deviation, *levels.deviation),
        pixels=statistics.pixels,
    )


def set_levels(
    standardised: Float32, pixels: Float32, valid: Mask, statistics: BandStatistics
) -> None:
    """Set the levels among channels that are standardised by their surroundings, in place.

    Args:
        standardised: (height, width, channels).
        pixels: (height, width, channels) the same, not standardised.
        valid: (height, width) mask; the levels are 0 elsewhere.
        statistics: Of all channels, in the whole image.
    """
    places = list(level_places(statistics.bands))
    if places:
        own = chosen_statistics(statistics, places)
        standardised[..., places] = standardise(np.take(pixels, places, -1), valid, own)
