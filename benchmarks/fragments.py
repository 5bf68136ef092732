"""What joining pieces does to the maps of a study that the pipeline has run on, by the parameters in params.yaml.

python benchmarks/fragments.py [--folder .] prints a table: landslides before and after (raw, merged), mapped by hand and, of a simulated
study, true; pixel F1 of the inventories before and after, on the test blocks and on the whole area; mapped pieces of a manual landslide
and manual landslides under a piece, before and after; and the seconds that it took. F1 counts whole outlines, also of landslides whose
centroid lies outside the area, so that it changes with the ground alone.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
from benchmarks.truth import true_landslides

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.parts import OUTSIDE, TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.files import read_json
from slidelens.geo.rasterise import rasterise
from slidelens.layers.elevation import read_elevation
from slidelens.layers.probability import read_probability
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.types import Shapes

COLUMNS = [
    "date",
    "threshold",
    "raw",
    "merged",
    "manual",
    "true",
    "F1(test)",
    "merged",
    "F1(area)",
    "merged",
]
COLUMNS += ["pieces", "merged", "landslides", "merged", "seconds"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="the repository whose params.yaml, data/prepared and data/maps are read",
    )
    folder = parser.parse_args().folder
    params = load_params(folder / "params.yaml")
    print(" ".join(f"{name:>10}" for name in COLUMNS))
    for date in params.dates:
        if (folder / "data/maps" / date / "scores.json").exists():
            print(
                " ".join(f"{_shown(value):>10}" for value in row(params, date, folder)), flush=True
            )


def row(params: Params, date: str, folder: Path) -> list[str | float | int | None]:
    """The values of COLUMNS."""
    prepared = read_prepared(folder / "data/prepared" / date)
    probability, valid, grid = read_probability(folder / "data/maps" / date / "probability.tif")
    threshold = read_json(folder / "data/maps" / date / "scores.json")["after"]["threshold"]
    inside, root = prepared.split_map != OUTSIDE, folder / params.study.root
    dem = root / (params.study.dem or "terrain/dem.tif")
    elevation = read_elevation(dem, grid) if dem.exists() else None
    joins = None, fragment_joiner(params.evaluate, grid, probability, threshold, elevation)
    raw, merged, raw_anywhere, merged_anywhere = (
        shapes_of(
            vectorise(
                probability, valid, grid, threshold, params.evaluate.min_area_m2, area, join
            ).landslides.geometry.to_numpy()
        )
        for area in (inside, None)
        for join in joins
    )
    start = time.perf_counter()
    joins[1](raw)
    seconds = time.perf_counter() - start
    manual = (
        shapes_of([])
        if prepared.inventory is None
        else shapes_of(prepared.inventory.geometry.to_numpy())
    )
    told = fragment_counts(raw, merged, manual)
    pieces = [
        told[f"{which}_{what}"]
        for what in ("pieces_per_landslide", "landslides_per_piece")
        for which in ("raw", "merged")
    ]
    f1 = [
        _f1(shapes, prepared, ground)
        for ground in (prepared.split_map == TEST, inside)
        for shapes in (raw_anywhere, merged_anywhere)
    ]
    mapped = None if prepared.inventory is None else len(manual)
    return [
        date,
        threshold,
        len(raw),
        len(merged),
        mapped,
        _true(root, date),
        *f1,
        *pieces,
        seconds,
    ]


def _f1(shapes: Shapes, prepared: Prepared, ground: np.ndarray) -> float | None:
    return count(
        prepared.labels == 1,
        rasterise(shapes, prepared.scene.grid),
        ground & (prepared.labels != UNKNOWN),
    ).f1


def _true(root: Path, date: str) -> int | None:
    """Landslides that are open and can be seen, with their centroid in the area."""
    there = true_landslides(root, date)
    if there is None:
        return None
    area = gpd.read_file(root / "aoi.gpkg").to_crs(there.crs).union_all()
    return int(there.centroid.within(area).sum())


def _shown(value: str | float | int | None) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
