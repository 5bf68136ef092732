"""Stage `evaluate@<date>`: a date's probability map and inventory, and how good they are on its test blocks."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from slidelens.analysis.confusion import count
from slidelens.analysis.fragments import FragmentRules, Merged, Surroundings, fragment_counts, merge_fragments
from slidelens.analysis.outlines import Floats, Outlines, outlines_of
from slidelens.analysis.overlaps import Shapes, shapes_of
from slidelens.analysis.precision_recall import precision_recall
from slidelens.analysis.reliability import reliability
from slidelens.analysis.smoothing import smoothed
from slidelens.experiment import data_hashes, stage_run
from slidelens.files import write_json, write_text, writing_folder
from slidelens.geo.grid import Grid
from slidelens.geo.inventory import write_inventory
from slidelens.geo.prepared import Prepared, read_prepared
from slidelens.geo.scene import Mask, write_probability
from slidelens.geo.terrain import read_terrain
from slidelens.learning.estimates import estimates
from slidelens.learning.fitting import in_turn
from slidelens.learning.inference import Predictor
from slidelens.learning.mapping import Mapped, loss_on, map_ground, threshold_of
from slidelens.learning.split import OUTSIDE, TEST, UNKNOWN, block_px
from slidelens.learning.training import quiet_tensorflow
from slidelens.learning.weights import Card
from slidelens.params import PRETRAINED, Evaluate, Params, load_params
from slidelens.report.overview import write_overview
from slidelens.run import run

log = logging.getLogger(__name__)
Scores = dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    """Map data/prepared/<date> with models/<date>.weights.h5; write data/maps/<date>."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    parser.add_argument("date", help="one of the dates of params.yaml")
    arguments = parser.parse_args(argv)
    return run(f"evaluate@{arguments.date}", lambda: evaluate(load_params(), arguments.date, Path()))


def evaluate(params: Params, date: str, root: Path) -> None:
    """Write probability.tif, inventory.gpkg, scores.json and overview.png of a date below the folder `root`."""
    quiet_tensorflow()
    folder, out = root / "data/prepared" / date, root / "data/maps" / date
    weights, first = (root / f"models/{name}.weights.h5" for name in (date, PRETRAINED))
    prepared = read_prepared(folder)
    with stage_run("evaluate", params.model_dump(by_alias=True), data_hashes([folder, weights]), date) as logged:
        paths = [weights] if first.read_bytes() == weights.read_bytes() else [first, weights]
        scored = [_scored(prepared, card, network, params) for card, network in in_turn(paths, params)]
        before, after = scored[0], scored[-1]
        # Before fine-tuning no network has seen any of the area, so that all of it is test ground.
        scores = {"after": after.test, "before": before.test, "before_whole_area": before.area}
        with writing_folder(out) as temporary:
            terrain = read_terrain(root / "data/prepared/terrain", prepared.scene.grid)
            inventory, counts = _write_maps(prepared, after, terrain, params, date, temporary)
            title = f"{date}: F1 on the test blocks {_shown(after.test)[0]}"
            write_overview(prepared.scene, prepared.parts, prepared.inventory, inventory, title, temporary / "overview.png")
            write_text(temporary / "precision_recall.csv", _curves(prepared, {"before": before, "after": after}))
            write_json(temporary / "scores.json", {**scores, **counts})
        logged.figure(out / "overview.png")
        logged.scores({name: {key: value for key, value in values.items() if key != "why"} for name, values in scores.items()})
        shown = _shown(after.test, before.test)
        log.info("evaluate %s: %d landslides, F1 on test blocks %s (before fine-tuning %s)", date, len(inventory), *shown)


@dataclass(frozen=True)
class Scored:
    """A map of the date, the threshold it is cut at, and its scores on the test blocks and on the whole area."""

    mapped: Mapped
    threshold: float
    test: Scores
    area: Scores


def _write_maps(
    prepared: Prepared, scored: Scored, elevation_m: Floats | None, params: Params, date: str, folder: Path
) -> tuple[gpd.GeoDataFrame, Scores]:
    """Write the probability map and the inventory of the area; returns the inventory, and what it counts before and after corrections."""
    grid, valid = prepared.scene.grid, prepared.scene.valid
    probability, deviation, threshold = scored.mapped.probability, scored.mapped.deviation, scored.threshold
    found = outlined(prepared, probability, threshold, elevation_m, params.evaluate)
    write_probability(probability, valid, grid, folder / "probability.tif", {"DATE": date}, deviation)
    write_inventory(found.landslides, folder / "inventory.gpkg")
    manual = None if prepared.inventory is None else shapes_of(prepared.inventory.geometry.to_numpy())
    fragments = fragment_counts(found.pieces, shapes_of(found.landslides.geometry.to_numpy()), manual)
    side = block_px(params.split, grid.pixel_m, prepared.tile_px)
    return found.landslides, {"fragments": fragments, "estimates": estimates(prepared, found.landslides, side)}


def _curves(prepared: Prepared, scored: dict[str, Scored]) -> str:
    """Precision and recall on the test blocks at every threshold, as CSV: weights (before or after fine-tuning), threshold, recall, precision."""
    test = (prepared.labels != UNKNOWN) & (prepared.parts == TEST)
    tables = []
    for name, one in scored.items():
        curve = precision_recall(prepared.labels[test] == 1, one.mapped.probability[test])
        tables.append(pd.DataFrame({"weights": name, "threshold": curve.threshold, "recall": curve.recall, "precision": curve.precision}))
    return pd.concat(tables).to_csv(index=False, float_format="%.5f")


def outlined(prepared: Prepared, probability: Floats, threshold: float, elevation_m: Floats | None, params: Evaluate) -> Outlines:
    """The landslides of a date's map in the area. elevation_m: (height, width), None where there is no height model"""
    grid = prepared.scene.grid
    join = joining(params, grid, probability, threshold, elevation_m)
    return outlines_of(probability, prepared.scene.valid, grid, threshold, params.min_area_m2, prepared.parts != OUTSIDE, join)


def joining(params: Evaluate, grid: Grid, probability: Floats, threshold: float, elevation_m: Floats | None) -> Callable[[Shapes], Merged]:
    """How pieces on a date's map become landslides; elevation_m: (height, width), None where there is no height model."""
    rules = FragmentRules(**params.fragments.model_dump())
    around = Surroundings(grid, probability, threshold, elevation_m)

    def join(pieces: Shapes) -> Merged:
        merged = merge_fragments(pieces, rules, around)
        return replace(merged, shapes=smoothed(merged.shapes, params.smoothing_m)) if params.smoothing_m else merged

    return join


def _scored(prepared: Prepared, card: Card, network: Predictor, params: Params) -> Scored:
    """The date mapped with some weights, and scored."""
    mapped = map_ground(prepared, card, network, params)
    threshold = threshold_of(card, params, prepared, mapped.probability)
    known = prepared.labels != UNKNOWN
    test, area = known & (prepared.parts == TEST), known & (prepared.parts != OUTSIDE)
    return Scored(
        mapped,
        threshold,
        _scores(prepared, mapped, threshold, test, params, "the test blocks"),
        _scores(prepared, mapped, threshold, area, params, "the area"),
    )


def _scores(prepared: Prepared, mapped: Mapped, threshold: float, ground: Mask, params: Params, where: str) -> Scores:
    """Pooled counts first, then their ratios; None, with a reason, where a score has no meaning."""
    observed = prepared.labels == 1
    counts = count(observed, mapped.probability >= threshold, ground)
    pixel_m2 = prepared.scene.grid.pixel_area_m2
    without = counts.false_positive + counts.true_negative
    return {
        **counts.scores(),
        "loss": loss_on(ground, prepared, mapped, params) if counts.observed else None,
        "calibration_error": reliability(observed[ground], mapped.probability[ground]).error,
        "threshold": threshold,
        "ground_km2": counts.total * pixel_m2 / 1e6,
        "observed_m2": counts.observed * pixel_m2,
        "predicted_m2": counts.predicted * pixel_m2,
        "false_alarm_m2_per_km2": counts.false_positive / without * 1e6 if without else None,
        "why": counts.why(where),
    }


def _shown(*scores: Scores) -> list[str]:
    return [f"{s['f1']:.3f}" if s["f1"] is not None else f"– ({s['why']})" for s in scores]


if __name__ == "__main__":
    sys.exit(main())
