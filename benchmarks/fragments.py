"""Measure what merging fragments does to the maps of a finished study.

python -m benchmarks.fragments [--folder .] prints a table, by the parameters in params.yaml:

raw, merged: landslides before and after; manual, true: landslides mapped by hand and, in a
simulated study, existing ones; F1(test), F1(area): pixel F1 of the inventories before and after on
the test blocks and in the whole area; pieces: fragments per manual landslide before and after;
landslides: manual landslides under a fragment before and after; seconds: time of the merging. F1
counts whole outlines, also of landslides whose centroid lies outside the area, so that it changes
with the mapped pixels alone.
"""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd

from benchmarks.arguments import add_study_folder, argument_parser
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
from slidelens.layout import Layout
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.types import Mask, Shapes

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
    parser = argument_parser("benchmarks.fragments", __doc__)
    add_study_folder(parser)
    folder = parser.parse_args().folder
    layout, params = Layout(folder), load_params(folder / "params.yaml")
    print(" ".join(f"{name:>10}" for name in COLUMNS))
    for date in params.dates:
        if layout.scores(date).exists():
            values = table_row(params, date, layout)
            print(" ".join(f"{_cell(value):>10}" for value in values), flush=True)


def table_row(params: Params, date: str, layout: Layout) -> list[str | float | int | None]:
    """Return the values of COLUMNS for a date."""
    prepared = read_prepared(layout.prepared_date(date))
    probability, valid, grid = read_probability(layout.probability(date))
    threshold = read_json(layout.scores(date))["after"]["threshold"]
    inside, root = prepared.split_map != OUTSIDE, layout.root / params.study.root
    dem = root / (params.study.dem or "terrain/dem.tif")
    elevation_m = read_elevation(dem, grid) if dem.exists() else None
    join = fragment_joiner(params.evaluate, grid, probability, threshold, elevation_m)
    minimum = params.evaluate.min_area_m2
    raw, merged, raw_anywhere, merged_anywhere = (
        shapes_of(
            vectorise(
                probability, valid, grid, threshold, minimum, area, merging
            ).landslides.geometry.to_numpy()
        )
        for area in (inside, None)
        for merging in (None, join)
    )
    start = time.perf_counter()
    join(raw)
    seconds = time.perf_counter() - start
    f1 = [
        _f1(shapes, prepared, area)
        for area in (prepared.split_map == TEST, inside)
        for shapes in (raw_anywhere, merged_anywhere)
    ]
    manual = None if prepared.inventory is None else len(prepared.inventory)
    numbers = [len(raw), len(merged), manual, _count_true(root, date)]
    return [date, threshold, *numbers, *f1, *_fragmentation(raw, merged, prepared), seconds]


def _fragmentation(raw: Shapes, merged: Shapes, prepared: Prepared) -> list[float | None]:
    outlines = [] if prepared.inventory is None else prepared.inventory.geometry.to_numpy()
    counts = fragment_counts(raw, merged, shapes_of(outlines))
    return [
        counts[f"{stage}_{measure}"]
        for measure in ("pieces_per_landslide", "landslides_per_piece")
        for stage in ("raw", "merged")
    ]


def _f1(shapes: Shapes, prepared: Prepared, area: Mask) -> float | None:
    return count(
        prepared.labels == 1,
        rasterise(shapes, prepared.scene.grid),
        area & (prepared.labels != UNKNOWN),
    ).f1


def _count_true(root: Path, date: str) -> int | None:
    """Return the number of true landslides whose centroid lies in the area."""
    landslides = true_landslides(root, date)
    if landslides is None:
        return None
    area = gpd.read_file(root / "aoi.gpkg").to_crs(landslides.crs).union_all()
    return int(landslides.centroid.within(area).sum())


def _cell(value: str | float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
