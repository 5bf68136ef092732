"""Stage `evaluate@<date>`: a date's probability map and inventory, and how good they are on its test blocks."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import geopandas as gpd

from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.parts import block_px
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.files import atomic_write_folder, write_json, write_text
from slidelens.geo.vector import write_inventory
from slidelens.layers.elevation import read_terrain
from slidelens.layers.probability import write_probability
from slidelens.learning.evaluation.estimates import estimate_totals
from slidelens.learning.evaluation.scores import (
    ScoredPrediction,
    Scores,
    format_f1,
    precision_recall_csv,
    score_prediction,
)
from slidelens.learning.inference.loading import iter_networks
from slidelens.learning.mapping.landslides import extract_landslides
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, Params
from slidelens.report.figures.maps.overview import write_overview
from slidelens.run import run
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run
from slidelens.types import Float32

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Map data/prepared/<date> with models/<date>.weights.h5; write data/maps/<date>."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    parser.add_argument("date", help="one of the dates of params.yaml")
    arguments = parser.parse_args(argv)
    return run(
        f"evaluate@{arguments.date}", lambda: evaluate(load_params(), arguments.date, Path())
    )


def evaluate(params: Params, date: str, root: Path) -> None:
    """Write probability.tif, inventory.gpkg, scores.json and overview.png of a date below the folder `root`."""
    quiet_tensorflow()
    folder, out = root / "data/prepared" / date, root / "data/maps" / date
    weights, first = (root / f"models/{name}.weights.h5" for name in (date, PRETRAINED))
    prepared = read_prepared(folder)
    with stage_run(
        "evaluate", params.model_dump(by_alias=True), data_hashes([folder, weights]), date
    ) as logged:
        paths = [weights] if first.read_bytes() == weights.read_bytes() else [first, weights]
        scored = [
            score_prediction(prepared, card, network, params)
            for card, network in iter_networks(paths, params)
        ]
        before, after = scored[0], scored[-1]
        # Before fine-tuning no network has seen any of the area, so that all of it is test ground.
        scores = {"after": after.test, "before": before.test, "before_whole_area": before.area}
        with atomic_write_folder(out) as temporary:
            terrain = read_terrain(root / "data/prepared/terrain", prepared.scene.grid)
            inventory, counts = _write_maps(prepared, after, terrain, params, date, temporary)
            title = f"{date}: F1 on the test blocks {format_f1(after.test)[0]}"
            write_overview(
                prepared.scene,
                prepared.split_map,
                prepared.inventory,
                inventory,
                title,
                temporary / "overview.png",
            )
            write_text(
                temporary / "precision_recall.csv",
                precision_recall_csv(prepared, {"before": before, "after": after}),
            )
            write_json(temporary / "scores.json", {**scores, **counts})
        logged.figure(out / "overview.png")
        logged.scores(
            {
                name: {key: value for key, value in values.items() if key != "why"}
                for name, values in scores.items()
            }
        )
        shown = format_f1(after.test, before.test)
        log.info(
            "evaluate %s: %d landslides, F1 on test blocks %s (before fine-tuning %s)",
            date,
            len(inventory),
            *shown,
        )


def _write_maps(
    prepared: Prepared,
    scored: ScoredPrediction,
    elevation_m: Float32 | None,
    params: Params,
    date: str,
    folder: Path,
) -> tuple[gpd.GeoDataFrame, Scores]:
    """Write the probability map and the inventory of the area; returns the inventory, and what it counts before and after corrections."""
    grid, valid = prepared.scene.grid, prepared.scene.valid
    probability, deviation, threshold = (
        scored.mapped.probability,
        scored.mapped.deviation,
        scored.threshold,
    )
    found = extract_landslides(prepared, probability, threshold, elevation_m, params.evaluate)
    write_probability(
        probability, valid, grid, folder / "probability.tif", {"DATE": date}, deviation
    )
    write_inventory(found.landslides, folder / "inventory.gpkg")
    manual = (
        None if prepared.inventory is None else shapes_of(prepared.inventory.geometry.to_numpy())
    )
    fragments = fragment_counts(
        found.pieces, shapes_of(found.landslides.geometry.to_numpy()), manual
    )
    side = block_px(params.split, grid.pixel_m, prepared.tile_px)
    return found.landslides, {
        "fragments": fragments,
        "estimates": estimate_totals(prepared, found.landslides, side),
    }


if __name__ == "__main__":
    sys.exit(main())
