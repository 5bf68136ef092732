"""Where the F1 of a map is lost: what it would be without one kind of error after another.

python -m benchmarks.quality.limits data/prepared/post data/maps/post; any folder with an inventory.gpkg will do as the second. False alarms
far from every manual landslide are mistaken fields, roads and river beds, or landslides that the mapper left out. Strips along manual outlines
are where two mappers differ too, and where an inventory and an image that do not lie quite on each other show it. What the manual inventory has
with itself, moved by a pixel, is about what a perfect map has with an inventory that lies a pixel off.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
from benchmarks.quality.pair import Mask, Pair, add_arguments, read_pair
from scipy import ndimage

from slidelens.analysis.accuracy.confusion import count

FAR_M = 40
STRIPS_M = (5, 10, 15)
SHIFT_PX = 2
BLOCK_M = 1000  # ground that is moved as one
ITSELF = "the manual inventory itself, moved by a pixel (mean of eight ways)"
AROUND = np.ones((3, 3))  # corners touch


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    for kind, score in losses(read_pair(parser.parse_args())).items():
        print(f"{kind:<75}{score:.3f}")


def losses(pair: Pair) -> dict[str, float]:
    """F1 as it is, and without each kind of error, by what it is without."""
    manual, mapped, known = pair.manual, pair.mapped, pair.known
    pixel_m = pair.prepared.scene.grid.pixel_m
    near = _distance_m(manual, pixel_m) <= FAR_M
    found = mapped | _untouched(manual, mapped)
    strip_m = np.maximum(_distance_m(manual, pixel_m), _distance_m(~manual, pixel_m)) - pixel_m / 2
    told = {
        "as it is": _f1(manual, mapped, known),
        f"without false alarms more than {FAR_M} m from every manual landslide": _f1(
            manual, mapped & near, known
        ),
        "with every manual landslide that was missed as a whole": _f1(manual, found, known),
        "with both": _f1(manual, found & near, known),
    }
    for side, name in ((0, "the map"), (max(1, round(BLOCK_M / pixel_m)), "each kilometre")):
        told[f"{name} moved by what suits it best, at most {SHIFT_PX} pixels"] = _moved(
            manual, mapped, known, side
        )
    for width in STRIPS_M:
        told[f"{width} m on both sides of manual outlines left out"] = _f1(
            manual, mapped, known & (strip_m > width)
        )
    told[ITSELF] = float(
        np.mean(
            [
                _f1(manual, np.roll(manual, step, (0, 1)), known)
                for step in product((-1, 0, 1), repeat=2)
                if any(step)
            ]
        )
    )
    return told


def _f1(manual: Mask, mapped: Mask, known: Mask) -> float:
    return count(manual, mapped, known).f1 or 0.0


def _distance_m(what: Mask, pixel_m: float) -> np.ndarray:
    """Metres from each pixel's centre to that of the nearest pixel of it; infinite where there is none."""
    return (
        ndimage.distance_transform_edt(~what) * pixel_m
        if what.any()
        else np.full(what.shape, np.inf)
    )


def _untouched(manual: Mask, mapped: Mask) -> Mask:
    """Manual landslides none of whose pixels is mapped."""
    bodies, number = ndimage.label(manual, AROUND)
    touched = ndimage.maximum(mapped, bodies, np.arange(number + 1)) if number else np.ones(1)
    return manual & (np.asarray(touched) == 0)[bodies]


def _moved(manual: Mask, mapped: Mask, known: Mask, side: int) -> float:
    """F1 with each block of the ground moved by what suits it best. side: of a block, pixels; 0: all as one."""
    rows, columns = np.indices(manual.shape) // (side or max(manual.shape))
    blocks = rows * (columns.max() + 1) + columns
    steps = sorted(
        range(-SHIFT_PX, SHIFT_PX + 1), key=abs
    )  # where nothing is gained, nothing is moved
    padded = np.pad(mapped, SHIFT_PX)
    best, hits = mapped, np.zeros(blocks.max() + 1, int)
    for down, right in product(steps, steps):
        first = (SHIFT_PX - down, SHIFT_PX - right)
        moved = padded[first[0] : first[0] + manual.shape[0], first[1] : first[1] + manual.shape[1]]
        right_ones = np.bincount(blocks[known & moved & manual], minlength=len(hits))
        better = right_ones > hits
        best, hits = np.where(better[blocks], moved, best), np.maximum(hits, right_ones)
    return _f1(manual, best, known)


if __name__ == "__main__":
    main()
