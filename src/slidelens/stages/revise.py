"""Stage `revise`: revise the maps of all dates by the histories that the ground can have."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
from pandas.api.types import is_numeric_dtype

from slidelens.analysis.comparison.score_summary import summarise_revision
from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.analysis.revision.outlines import FEATURES, drop_false_alarms
from slidelens.dataset.parts import OUTSIDE
from slidelens.dataset.prepared_files import read_split
from slidelens.errors import InventoryError, ParamsError
from slidelens.escaping import counted
from slidelens.files import atomic_write_folder, scratch_folder, write_json
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterising_threads
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.intermediate.reading import refuse, stage_output
from slidelens.layers.elevation import open_terrain
from slidelens.layers.mapped_date import read_predicted, read_scores, read_seen
from slidelens.layers.probability import ONSET, write_probability
from slidelens.layout import Layout
from slidelens.learning.mapping.landslides import fragment_joiner
from slidelens.learning.revision.dated_maps import DatedMaps
from slidelens.learning.revision.outline_labels import fit_to_outlines
from slidelens.learning.revision.revising import (
    RevisedDate,
    describe_model,
    fit_to_maps,
    revise_maps,
)
from slidelens.params.dates import order_problem
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run

MAP, INVENTORY = "probability.tif", "inventory.gpkg"
_DATES_AT_ONCE = 2  # written by threads, each with some layers of the area in memory
FILES = (f"*/{MAP}", f"*/{INVENTORY}", "*/onset.tif", "model.json")
log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Write data/revised and metrics/revised.json."""
    argparse.ArgumentParser(prog="revise", description=__doc__).parse_args(argv)
    return run("revise", lambda: revise(load_params(), Layout()))


def revise(params: Params, layout: Layout) -> None:
    """Write the revised map and inventory of each date, and their scores.

    Where a revision does not pay, and where too little is labelled, they are those of data/maps.

    Args:
        params: The dates, and the way from probabilities to an inventory.
        layout: Where to read and write.

    Raises:
        SlidelensError: A date's map or labels are missing, damaged or on another grid.
    """
    if problem := order_problem(params.dates, params.study.order):
        raise ParamsError(problem)
    folders = {date: layout.prepared_date(date) for date in params.dates}
    split, grid = read_split(folders[params.dates[0]])
    maps = DatedMaps(
        [layout.probability(date) for date in params.dates],
        [folder / "labels.tif" for folder in folders.values()],
        split,
        grid,
    )
    scores = {date: read_scores(layout.scores(date))["after"] for date in params.dates}
    threshold = params.evaluate.threshold
    fixed = None if isinstance(threshold, str) else threshold
    with scratch_folder(layout.revised) as scratch:
        model = fit_to_maps(maps)
        found = revise_maps(
            maps, model, [scores[date]["threshold"] for date in params.dates], fixed, scratch
        )
        results = dict(zip(params.dates, found, strict=True))
        with atomic_write_folder(layout.revised, FILES) as folder:
            if model is not None:
                write_json(folder / "model.json", describe_model(model, params.dates))
            with rasterising_threads(_DATES_AT_ONCE) as pool:
                written = pool.map(
                    lambda date: _write_maps(
                        params, layout, maps, date, results[date], folder / date
                    ),
                    results,
                )
                outlines = list(written)
            kept = drop_false_alarms(outlines, fit_to_outlines(maps, outlines))
            counts = {}
            for date, before, frame in zip(params.dates, outlines, kept, strict=True):
                write_inventory(frame, folder / date / INVENTORY)
                counts[date], line = len(frame), _line(results[date])
                log.info("revise %s: %s; %s", date, line, _kept(len(frame), len(before)))
    write_json(layout.metric("revised"), _summary(scores, results, counts))


def _write_maps(
    params: Params,
    layout: Layout,
    maps: DatedMaps,
    date: str,
    revised: RevisedDate,
    folder: Path,
) -> gpd.GeoDataFrame:
    """Write a date's revised map; return the outlines of its landslides."""
    folder.mkdir()
    seen = read_seen(layout.probability(date), maps.grid)
    if revised.onset is not None:
        write_probability(
            revised.onset, seen, maps.grid, folder / "onset.tif", {"DATE": date}, name=ONSET
        )
    if revised.probability is None:
        source = layout.probability(date)
        with stage_output(source):
            shutil.copyfile(source, folder / MAP)
        return _read_outlines(layout.inventory(date), maps.grid)
    write_probability(revised.probability, seen, maps.grid, folder / MAP, {"DATE": date})
    with stage_output(layout.terrain):
        elevation_m = open_terrain(layout.terrain, maps.grid)
    evaluate, level = params.evaluate, revised.threshold
    return vectorise(
        revised.probability,
        seen,
        maps.grid,
        level,
        evaluate.min_area_m2,
        maps.split != OUTSIDE,
        fragment_joiner(evaluate, maps.grid, revised.probability, level, elevation_m),
        folder,
    ).landslides


def _read_outlines(path: Path, grid: Grid) -> gpd.GeoDataFrame:
    """Read a date's predicted landslides with their features."""
    outlines = read_predicted(path, grid.crs)
    for name in FEATURES:
        if not is_numeric_dtype(outlines.get(name)):
            refuse(path, f"it has no numbers {name}", error=InventoryError)
    return outlines


def _line(revised: RevisedDate) -> str:
    if revised.why is not None:
        return f"the map stays as it is, as {revised.why}"
    return f"F1 {revised.gain:+.3f} on training and validation blocks"


def _kept(number: int, of: int) -> str:
    if number == of:
        return f"of its {counted(of, 'landslide')} none is dropped"
    return f"{number} of its {of} landslides are kept, the others are likely false alarms"


def _summary(
    scores: Mapping[str, Mapping[str, Any]],
    results: Mapping[str, RevisedDate],
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """Return the scores on the test blocks after and before revision, with their means."""
    after = {
        date: scores[date] if each.probability is None else each.scores
        for date, each in results.items()
    }
    thresholds = {
        date: scores[date]["threshold"] if each.probability is None else each.threshold
        for date, each in results.items()
    }
    why = {date: each.why for date, each in results.items() if each.why}
    return summarise_revision(after, scores) | {
        "threshold": thresholds,
        "gain": {date: each.gain for date, each in results.items()},
        "count": dict(counts),
        "unrevised": why,
    }


if __name__ == "__main__":
    sys.exit(main())
