"""Measure what corrections of a map bring, by `slidelens review` and `slidelens adapt`.

A scene is mapped; in a square window a script corrects the map by the manual inventory, as an
analyst would: it deletes what is no landslide and draws landslides that are missing, and leaves
outlines as they are. `review` makes labels of it, the window counting as looked at, and `adapt`
adapts the weights. Both maps are scored by pixel outside the window, where the inventory is known.

The weights are those of `python -m zoo.train iburi`, which do not know Iburi. Real data are read
from SLIDELENS_REAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import slidelens as sl
from benchmarks.arguments import argument_parser
from slidelens.analysis.accuracy.confusion import count
from slidelens.geo.rasterise import rasterise
from slidelens.types import Mask
from zoo.regions import ROOT

WEIGHTS = ROOT / "zoo/weights/without-iburi.weights.h5"
_WRONG = 0.25  # a landslide is corrected if less of its area than this is in the other inventory
_FEWEST = 10  # corrections in a window
_SHOWN = ["deleted", "drawn", "before", "after", "chosen", "seconds"]


def main() -> None:
    """Print a row for each window."""
    parser = argument_parser("benchmarks.review", __doc__)
    parser.add_argument("weights", type=Path, nargs="?", default=WEIGHTS)
    parser.add_argument("--windows", type=int, default=4, help="(default: %(default)s)")
    parser.add_argument(
        "--side-m", type=float, default=2100.0, help="side of a window (default: %(default)s)"
    )
    arguments = parser.parse_args()
    data = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared/data")) / "iburi"
    if not data.is_dir():
        sys.exit(f"there is no {data}; set SLIDELENS_REAL_DATA")
    scene = data / "scenes/post.tif"
    before = sl.map_scene(scene, arguments.weights)
    crs = before.grid.crs
    manual = sl.read_inventory(data / "inventories/post.gpkg").to_crs(crs)
    known = before.valid & rasterise(
        [
            sl.read_inventory(data / f"aoi/{name}.gpkg").to_crs(crs).union_all()
            for name in ("investigation", "pretrain")
        ],
        before.grid,
    )
    truth = rasterise(manual.geometry, before.grid)
    print(f"whole image, as it is mapped: F1 {_f1(truth, before, known):.3f}")
    rows = [
        _correct(scene, arguments.weights, before, manual, window, truth, known)
        for window in windows(before.landslides, manual, arguments.side_m, arguments.windows)
    ]
    print(pd.DataFrame(rows, columns=_SHOWN).to_string(index=False, float_format="%.3f"))


def corrections(
    mapped: gpd.GeoDataFrame, manual: gpd.GeoDataFrame, window: shapely.Polygon
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the mapped landslides to delete, and the manual ones to draw, in a window.

    Args:
        mapped: The map's inventory.
        manual: The manual inventory, in the same CRS.
        window: Ground that is looked at.
    """
    return _unlike(mapped, manual, window), _unlike(manual, mapped, window)


def _unlike(
    inventory: gpd.GeoDataFrame, other: gpd.GeoDataFrame, window: shapely.Polygon
) -> gpd.GeoDataFrame:
    """Return the landslides, mostly in a window, that have nearly no ground in the other one."""
    near = inventory[inventory.intersects(window)]
    near = near[near.intersection(window).area >= near.area / 2]
    shared = near.intersection(shapely.union_all(other.geometry[other.intersects(window.envelope)]))
    return near[shared.area < _WRONG * near.area]


def windows(
    mapped: gpd.GeoDataFrame, manual: gpd.GeoDataFrame, side_m: float, number: int
) -> Iterator[shapely.Polygon]:
    """Yield squares around manual landslides in which enough is to correct."""
    rng, found = np.random.default_rng(0), 0
    for centre in manual.representative_point().iloc[rng.permutation(len(manual))]:
        window = shapely.box(
            centre.x - side_m / 2,
            centre.y - side_m / 2,
            centre.x + side_m / 2,
            centre.y + side_m / 2,
        )
        if sum(map(len, corrections(mapped, manual, window))) >= _FEWEST:
            yield window
            found += 1
        if found == number:
            return


def _correct(
    scene: Path,
    weights: Path,
    before: sl.LandslideMap,
    manual: gpd.GeoDataFrame,
    window: shapely.Polygon,
    truth: Mask,
    known: Mask,
) -> dict[str, object]:
    """Return what the corrections in a window bring outside it."""
    mapped = before.landslides
    deleted, drawn = corrections(mapped, manual, window)
    edited = pd.concat([mapped.drop(deleted.index), drawn[["geometry"]]], ignore_index=True)
    reviewed = gpd.GeoDataFrame(geometry=[window], crs=mapped.crs)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        labels, tuned = Path(name) / "labels.gpkg", Path(name) / "tuned.weights.h5"
        sl.review(mapped, edited, by="benchmark", reviewed=reviewed).save(labels)
        adaptation = sl.adapt(scene, labels, weights)
        adaptation.save(tuned)
        seconds = time.perf_counter() - started
        after = sl.map_scene(scene, tuned)
    outside = known & ~rasterise([window], before.grid)
    return {
        "deleted": len(deleted),
        "drawn": len(drawn),
        "before": _f1(truth, before, outside),
        "after": _f1(truth, after, outside),
        "chosen": adaptation.chosen,
        "seconds": seconds,
    }


def _f1(truth: Mask, mapped: sl.LandslideMap, known: Mask) -> float:
    f1 = count(truth, mapped.probability >= mapped.threshold, known).f1
    assert f1 is not None
    return f1


if __name__ == "__main__":
    main()
