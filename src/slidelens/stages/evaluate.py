"""Stage `evaluate@<date>`: a date's probability map and inventory, and how good they are on its test blocks."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd

from slidelens.analysis.confusion import count
from slidelens.analysis.fragments import FragmentRules, Merged, Surroundings, fragment_counts, merge_fragments
from slidelens.analysis.outlines import Floats, outlines_of
from slidelens.analysis.overlaps import Shapes, shapes_of
from slidelens.analysis.smoothing import smoothed
from slidelens.experiment import data_hashes, stage_run
from slidelens.files import write_json, writing_folder
from slidelens.geo.grid import Grid
from slidelens.geo.inventory import write_inventory
from slidelens.geo.prepared import Prepared, read_prepared
from slidelens.geo.scene import Mask, write_probability
from slidelens.geo.terrain import read_terrain
from slidelens.learning.fitting import in_turn
from slidelens.learning.inference import Predictor
from slidelens.learning.mapping import loss_on, probability_of, threshold_of
from slidelens.learning.split import OUTSIDE, TEST, UNKNOWN
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
        scored = [_scored(prepared, card, network, params) for card, network in in_turn([first, weights], params)]
        (before, _, _), (after, probability, threshold) = scored
        # Before fine-tuning no network has seen any of the area, so that all of it is test ground.
        scores = {"after": after["test"], "before": before["test"], "before_whole_area": before["area"]}
        with writing_folder(out) as temporary:
            terrain = read_terrain(root / "data/prepared/terrain", prepared.scene.grid)
            inventory, fragments = _write_maps(prepared, probability, threshold, terrain, params, date, temporary)
            title = f"{date}: F1 on the test blocks {_shown(after)[0]}"
            write_overview(prepared.scene, prepared.parts, prepared.inventory, inventory, title, temporary / "overview.png")
            write_json(temporary / "scores.json", {**scores, "fragments": fragments})
        logged.figure(out / "overview.png")
        logged.scores({name: {key: value for key, value in values.items() if key != "why"} for name, values in scores.items()})
        log.info("evaluate %s: %d landslides, F1 on test blocks %s (before fine-tuning %s)", date, len(inventory), *_shown(after, before))


def _write_maps(
    prepared: Prepared, probability: Floats, threshold: float, elevation_m: Floats | None, params: Params, date: str, folder: Path
) -> tuple[gpd.GeoDataFrame, Scores]:
    """Write the probability map and the inventory of the area; returns the inventory, and its counts before and after joining pieces."""
    grid, valid = prepared.scene.grid, prepared.scene.valid
    join = joining(params.evaluate, grid, probability, threshold, elevation_m)
    found = outlines_of(probability, valid, grid, threshold, params.evaluate.min_area_m2, prepared.parts != OUTSIDE, join)
    write_probability(probability, valid, grid, folder / "probability.tif", {"DATE": date})
    write_inventory(found.landslides, folder / "inventory.gpkg")
    manual = None if prepared.inventory is None else shapes_of(prepared.inventory.geometry.to_numpy())
    return found.landslides, fragment_counts(found.pieces, shapes_of(found.landslides.geometry.to_numpy()), manual)


def joining(params: Evaluate, grid: Grid, probability: Floats, threshold: float, elevation_m: Floats | None) -> Callable[[Shapes], Merged]:
    """How pieces on a date's map become landslides; elevation_m: (height, width), None where there is no height model."""
    rules = FragmentRules(**params.fragments.model_dump())
    around = Surroundings(grid, probability, threshold, elevation_m)

    def join(pieces: Shapes) -> Merged:
        merged = merge_fragments(pieces, rules, around)
        return replace(merged, shapes=smoothed(merged.shapes, params.smoothing_m)) if params.smoothing_m else merged

    return join


def _scored(prepared: Prepared, card: Card, network: Predictor, params: Params) -> tuple[dict[str, Scores], Floats, float]:
    """Scores on the test blocks and on the whole area, the probability map, and the threshold."""
    probability, threshold = probability_of(prepared, network, params), threshold_of(card, params)
    known = prepared.labels != UNKNOWN
    grounds = {"test": known & (prepared.parts == TEST), "area": known & (prepared.parts != OUTSIDE)}
    places = {"test": "the test blocks", "area": "the area"}
    scores = {name: _scores(prepared, probability, threshold, ground, params, places[name]) for name, ground in grounds.items()}
    return scores, probability, threshold


def _scores(prepared: Prepared, probability: Floats, threshold: float, ground: Mask, params: Params, where: str) -> Scores:
    """Pooled counts first, then their ratios; None, with a reason, where a score has no meaning."""
    counts = count(prepared.labels == 1, probability >= threshold, ground)
    pixel_m2 = prepared.scene.grid.pixel_area_m2
    without = counts.false_positive + counts.true_negative
    return {
        **counts.scores(),
        "loss": loss_on(ground, prepared, probability, params) if counts.observed else None,
        "threshold": threshold,
        "ground_km2": counts.total * pixel_m2 / 1e6,
        "observed_m2": counts.observed * pixel_m2,
        "predicted_m2": counts.predicted * pixel_m2,
        "false_alarm_m2_per_km2": counts.false_positive / without * 1e6 if without else None,
        "why": counts.why(where),
    }


def _shown(*scores: dict[str, Scores]) -> list[str]:
    return [f"{s['test']['f1']:.3f}" if s["test"]["f1"] is not None else f"– ({s['test']['why']})" for s in scores]


if __name__ == "__main__":
    sys.exit(main())
