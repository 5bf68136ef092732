"""Measure where the F1 of a map is lost: leave out one kind of error after another.

python -m benchmarks.quality.limits data/prepared/post data/maps/post

Any folder with an inventory.gpkg will do as the second. False alarms far from every manual
landslide are fields, roads and river beds, or landslides that the mapper left out. In strips along
manual outlines two mappers differ too; strips also show an inventory that is shifted against the
image. The F1 of the manual inventory with itself, shifted by a pixel, is about what a perfect map
would have with an inventory that is a pixel off.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy import ndimage

from benchmarks.arguments import argument_parser
from benchmarks.quality.pair import Pair, add_arguments, read_pair
from slidelens.analysis.accuracy.confusion import count
from slidelens.types import Float64, Mask

FAR_M = 40
STRIPS_M = (5, 10, 15)
SHIFT_PX = 2
BLOCK_M = 1000  # side of a block that is shifted as a whole
ITSELF = "the manual inventory itself, moved by a pixel (mean of eight ways)"
AROUND = np.ones((3, 3))  # corners touch


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.quality.limits", __doc__)
    add_arguments(parser)
    for kind, score in losses(read_pair(parser.parse_args())).items():
        print(f"{kind:<75}{score:.3f}")


def losses(pair: Pair) -> dict[str, float]:
    """Return F1 as it is, and without each kind of error, by a description."""
    manual, mapped, known = pair.manual, pair.mapped, pair.known
    pixel_m = pair.prepared.scene.grid.pixel_m
    near = _distance_m(manual, pixel_m) <= FAR_M
    completed = mapped | _untouched(manual, mapped)
    strip_m = np.maximum(_distance_m(manual, pixel_m), _distance_m(~manual, pixel_m)) - pixel_m / 2
    scores = {
        "as it is": _f1(manual, mapped, known),
        f"without false alarms more than {FAR_M} m from every manual landslide": _f1(
            manual, mapped & near, known
        ),
        "with every manual landslide that was missed as a whole": _f1(manual, completed, known),
        "with both": _f1(manual, completed & near, known),
    }
    for side, name in ((0, "the map"), (max(1, round(BLOCK_M / pixel_m)), "each kilometre")):
        scores[f"{name} moved by what suits it best, at most {SHIFT_PX} pixels"] = _f1_shifted(
            manual, mapped, known, side
        )
    for width in STRIPS_M:
        scores[f"{width} m on both sides of manual outlines left out"] = _f1(
            manual, mapped, known & (strip_m > width)
        )
    scores[ITSELF] = float(
        np.mean(
            [
                _f1(manual, np.roll(manual, step, (0, 1)), known)
                for step in product((-1, 0, 1), repeat=2)
                if any(step)
            ]
        )
    )
    return scores


def _f1(manual: Mask, mapped: Mask, known: Mask) -> float:
    return count(manual, mapped, known).f1 or 0.0


def _distance_m(mask: Mask, pixel_m: float) -> Float64:
    """Return the distance to the centre of the nearest pixel of a mask; infinite without any."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    distance: Float64 = ndimage.distance_transform_edt(~mask) * pixel_m
    return distance


def _untouched(manual: Mask, mapped: Mask) -> Mask:
    """Return the manual landslides of which no pixel is mapped."""
    labels, number = ndimage.label(manual, AROUND)
    touched = ndimage.maximum(mapped, labels, np.arange(number + 1)) if number else np.ones(1)
    untouched: Mask = manual & (np.asarray(touched) == 0)[labels]
    return untouched


def _f1_shifted(manual: Mask, mapped: Mask, known: Mask, side: int) -> float:
    """Return F1 with each block of the map shifted to its best place.

    Args:
        manual: (height, width).
        mapped: (height, width).
        known: (height, width) pixels that count.
        side: Side of a block in pixels; 0 shifts the map as a whole.
    """
    rows, columns = np.indices(manual.shape) // (side or max(manual.shape))
    blocks = rows * (columns.max() + 1) + columns
    # The smallest shift first, so that a block without a better place stays.
    steps = sorted(range(-SHIFT_PX, SHIFT_PX + 1), key=abs)
    padded = np.pad(mapped, SHIFT_PX)
    best, hits = mapped, np.zeros(blocks.max() + 1, int)
    for down, right in product(steps, steps):
        first = (SHIFT_PX - down, SHIFT_PX - right)
        moved = padded[first[0] : first[0] + manual.shape[0], first[1] : first[1] + manual.shape[1]]
        moved_hits = np.bincount(blocks[known & moved & manual], minlength=len(hits))
        better = moved_hits > hits
        best, hits = np.where(better[blocks], moved, best), np.maximum(hits, moved_hits)
    return _f1(manual, best, known)


if __name__ == "__main__":
    main()
