"""Stage `evaluate@<date>`: map a date and score the map on its test blocks."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from slidelens.dataset.prepared import Prepared, open_prepared
from slidelens.files import (
    atomic_write_folder,
    require_writable,
    scratch_folder,
    write_json,
    write_text,
)
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.intermediate.reading import stage_output
from slidelens.layers.elevation import open_terrain
from slidelens.layers.probability import write_probability
from slidelens.layout import Layout
from slidelens.learning.evaluation.date_evaluation import (
    DateEvaluation,
    evaluate_date,
    landslide_totals,
)
from slidelens.learning.evaluation.scores import format_f1, precision_recall_csv
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.dates import PRETRAINED
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.report.figures.maps.overview import write_overview
from slidelens.run import run
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run

FILES = (
    "probability.tif",
    "inventory.gpkg",
    "overview.png",
    "precision_recall.csv",
    "scores.json",
)
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
    """Write the map, the inventory and the scores of a date.

    Args:
        params: of the evaluation.
        date: label of the date.
        root: root of the study repository.

    Raises:
        WeightsError: The weights are of another architecture than the parameters.
    """
    layout = Layout(root)
    folder, out = layout.prepared_date(date), layout.map_date(date)
    require_writable(out, own=FILES)
    quiet_tensorflow()
    pretrained, weights = layout.weights(PRETRAINED), layout.weights(date)
    for path in (pretrained, weights):  # before their bytes are: a pipe would not end
        read_weights_metadata(path)
    prepared = open_prepared(folder)
    with (
        stage_run(
            "evaluate", params.model_dump(by_alias=True), data_hashes([folder, weights]), date
        ) as logged,
        scratch_folder(out) as scratch,
    ):
        same = pretrained.read_bytes() == weights.read_bytes()
        with stage_output(layout.terrain):
            elevation_m = open_terrain(layout.terrain, prepared.scene.grid)
        evaluation = evaluate_date(
            prepared, [weights] if same else [pretrained, weights], elevation_m, params, scratch
        )
        with atomic_write_folder(out, FILES) as temporary:
            _write_maps(prepared, evaluation, date, temporary)
            totals = landslide_totals(prepared, evaluation.landslides, params)
            write_json(temporary / "scores.json", {**evaluation.scores, **totals})
        logged.figure(out / "overview.png")
        logged.scores(
            {
                name: {key: value for key, value in values.items() if key != "why"}
                for name, values in evaluation.scores.items()
            }
        )
        _warn_of_unmapped_ground(prepared, date)
        log.info(
            "evaluate %s: %d landslides, F1 on test blocks %s (before fine-tuning %s)",
            date,
            len(evaluation.landslides.landslides),
            *format_f1(evaluation.after.test, evaluation.before.test),
        )


def _warn_of_unmapped_ground(prepared: Prepared, date: str) -> None:
    if prepared.mapped is not None:
        log.warning(
            "evaluate %s: its inventory is complete in %.0f %% of the area, and scored there; "
            "its number of landslides and its densities are of that part",
            date,
            100 * prepared.mapped[prepared.split_map > 0].mean(),
        )


def _write_maps(prepared: Prepared, evaluation: DateEvaluation, date: str, folder: Path) -> None:
    """Write probability.tif, inventory.gpkg, overview.png and precision_recall.csv."""
    scene, after = prepared.scene, evaluation.after
    landslides = evaluation.landslides.landslides
    write_probability(
        after.mapped.probability,
        scene.valid,
        scene.grid,
        folder / "probability.tif",
        {"DATE": date},
        after.mapped.deviation,
    )
    write_inventory(landslides, folder / "inventory.gpkg")
    write_overview(
        scene,
        prepared.split_map,
        prepared.inventory,
        landslides,
        f"{date}: F1 on the test blocks {format_f1(after.test)[0]}",
        folder / "overview.png",
    )
    curves = precision_recall_csv(prepared, {"before": evaluation.before, "after": after})
    write_text(folder / "precision_recall.csv", curves)


if __name__ == "__main__":
    sys.exit(main())
