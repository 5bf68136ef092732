"""Names of the bands of training sets, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from slidelens.errors import ParamsError

# Sentinel-2's numbers and the names of the bands.
SENTINEL2 = {
    "B01": "coastal",
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge1",
    "B06": "rededge2",
    "B07": "rededge3",
    "B08": "nir",
    "B8A": "nir_narrow",
    "B09": "watervapour",
    "B10": "cirrus",
    "B11": "swir1",
    "B12": "swir2",
}
RED_GREEN_BLUE = ("red", "green", "blue")
DEFAULT = (*RED_GREEN_BLUE, "nir")


class BandChoice(NamedTuple):
    """Bands that are taken: their positions in the data, from 0, and their names."""

    positions: tuple[int, ...]
    names: tuple[str, ...]


def choose_bands(
    own: Sequence[str], wanted: Sequence[str] | None, default: Sequence[str] | None = None
) -> BandChoice:
    """Return the positions of the wanted bands, which keep the names that they are asked for by.

    Args:
        own: Names of all bands, in the order of the data; Sentinel-2's numbers (`B04`, `B4`) or
            names (`red`) mean the same.
        wanted: Names of the bands to take; None: those of `default`.
        default: None: all bands.

    Raises:
        ParamsError: A band is not there, or named twice.
    """
    names = tuple(wanted or default or own)
    keys = [_key(name) for name in own]
    positions = []
    for name in names:
        if _key(name) not in keys:
            raise ParamsError(f"there is no band {name} (--bands); there are {', '.join(own)}")
        positions.append(keys.index(_key(name)))
    if len(set(positions)) < len(positions):
        twice = next(names[i] for i, at in enumerate(positions) if at in positions[:i])
        raise ParamsError(f"the band {twice} is named twice (--bands); name each band once")
    return BandChoice(tuple(positions), names)


def _key(name: str) -> str:
    number = name.upper()
    if len(number) == 2:
        number = f"{number[0]}0{number[1]}"
    return SENTINEL2.get(number, "elevation" if number == "DEM" else name.lower())
