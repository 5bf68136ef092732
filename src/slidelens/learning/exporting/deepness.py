"""What the QGIS plug-in Deepness reads in the metadata of an ONNX file.

Source: qgis-plugin-deepness 0.6, deepness/processing/models/model_base.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.errors import ParamsError
from slidelens.learning.networks.layers import STRIDE

_LARGEST_TILE_PX = 1024
_LARGEST_OVERLAP = 80  # per cent of a tile
_WHITE = 255  # the plug-in divides all pixels by it


@dataclass(frozen=True)
class TileChoice:
    """Tiles whose inner parts have all around them that the network sees.

    Attributes:
        side_px: Side of a tile, pixels.
        overlap_percent: Overlap of neighbours, per cent of the side, as the plug-in takes it.
        is_aligned: Whether all tiles begin at multiples of the network's stride, as those of a map
            do. Elsewhere poolings fall on other pixels and probabilities differ.
    """

    side_px: int
    overlap_percent: int
    is_aligned: bool


def choose_tile(around_px: int, largest_px: int = _LARGEST_TILE_PX) -> TileChoice:
    """Return the aligned tiles of the least work.

    Args:
        around_px: Pixels around a pixel that its probability depends on.
        largest_px: Upper limit of the side, pixels.
    """
    sides = range(STRIDE, max(largest_px, 4 * around_px) + 1, STRIDE)
    choices = [each for side in sides if (each := _overlapping(side, around_px)) is not None]
    aligned = [each for each in choices if each.is_aligned]

    def work(tile: TileChoice) -> tuple[float, int]:
        kept = tile.side_px * (1 - tile.overlap_percent / 100)
        return (tile.side_px + 2 * around_px) / kept, tile.side_px

    return min(aligned or choices, key=work)


def tile_of(side_px: int, around_px: int) -> TileChoice:
    """Return the tiles of a given side.

    Args:
        side_px: Side of a tile, pixels.
        around_px: Pixels around a pixel that its probability depends on.

    Raises:
        ParamsError: The side is no multiple of the stride, or too small.
    """
    if side_px % STRIDE:
        raise ParamsError(
            f"the side of a tile is {side_px} (--tile); give a multiple of {STRIDE}, or `any`"
        )
    if (choice := _overlapping(side_px, around_px)) is None:
        raise ParamsError(
            f"a tile of {side_px} pixels (--tile) is too small for a network that sees {around_px}"
            f" pixels around; give {choose_tile(around_px).side_px}, which is also the default"
        )
    return choice


def _overlapping(side_px: int, around_px: int) -> TileChoice | None:
    """Return the smallest overlap that is enough, aligned if there is one."""
    enough = [
        percent
        for percent in range(_LARGEST_OVERLAP + 1)
        if side_px * percent // 100 >= 2 * around_px
    ]
    aligned = [percent for percent in enough if side_px * percent % (100 * STRIDE) == 0]
    if not enough:
        return None
    return TileChoice(side_px, (aligned or enough)[0], bool(aligned))


def describe_for_deepness(
    bands: int, pixel_m: float, threshold: float, tile: TileChoice | None
) -> dict[str, object]:
    """Return what the plug-in reads, by key; the values are to be written as JSON.

    Args:
        bands: Number of bands of the input.
        pixel_m: Side of a pixel, metres.
        threshold: Probability from which a pixel is landslide.
        tile: The tiles; None for any size, which the plug-in does not take.
    """
    values: dict[str, object] = {
        "model_type": "Segmentor",
        "class_names": {"0": "background", "1": "landslide"},
        "resolution": round(100 * pixel_m, 6),
        # The plug-in takes this away after its division, so that the graph has the pixels again.
        "standardization_mean": [0.0] * bands,
        "standardization_std": [1 / _WHITE] * bands,
        "seg_thresh": threshold,
        "seg_small_segment": 0,  # a median filter, which would take narrow landslides away
    }
    if tile is not None:
        # The plug-in reads `tile_size`, its documentation says `tiles_size`.
        values |= {"tile_size": tile.side_px, "tiles_size": tile.side_px}
        values["tiles_overlap"] = tile.overlap_percent
    return values
