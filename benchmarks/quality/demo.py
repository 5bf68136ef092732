"""Protocol D: score the maps of the simulated demo against the truth, not the mapper's outlines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.quality import results
from benchmarks.quality.grounds import digest
from benchmarks.quality.scoring import score_map
from benchmarks.truth import true_landslides
from slidelens.dataset.parts import TEST
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.geo.rasterise import rasterise
from slidelens.layers.probability import read_probability
from slidelens.layout import Layout
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.mapping.prediction import mask_train_and_validation
from slidelens.params.loading import load_params
from slidelens.params.schema import Params

STEP = "simulated demo, fine-tuned"


def demo(folder: Path, work: Path) -> str:
    """Score every date on its test blocks and keep the rows.

    The time of the training is not known here.

    Args:
        folder: A repository whose pipeline has run on the demo.
        work: Folder of all that is kept.

    Returns:
        The digest of the maps, which is the rows' `settings`.
    """
    layout = Layout(folder)
    params = load_params(folder / "params.yaml")
    root = folder / params.study.root
    missing = [
        path
        for path in (
            root / "truth/landslides.gpkg",
            *(layout.scores(date) for date in params.dates),
        )
        if not path.exists()
    ]
    if missing:
        raise SlidelensError(
            f"there is no {missing[0]}; run the pipeline on the demo first (`make repro`),"
            " or name its folder with --demo"
        )
    settings = digest(
        [read_json(layout.scores(date)) for date in params.dates],
        "demo.py",
        "scoring.py",
    )
    csv = work / "results.csv"
    if not results.done(
        csv, protocol="D", step=STEP, method="slidelens", seed=params.seed, settings=settings
    ):
        results.append(csv, [_row(date, layout, params, settings) for date in params.dates])
    return settings


def _row(date: str, layout: Layout, params: Params, settings: str) -> results.Row:
    prepared = read_prepared(layout.prepared_date(date))
    probability, valid, grid = read_probability(layout.probability(date))
    threshold = read_json(layout.scores(date))["after"]["threshold"]
    truth = true_landslides(layout.root / params.study.root, date)
    assert truth is not None  # checked by `demo`
    return results.Row(
        protocol="D",
        step=STEP,
        ground=f"{date}, test blocks",
        method="slidelens",
        seed=params.seed,
        changes="",
        settings=settings,
        scores=score_map(
            landslide=rasterise(truth.geometry, grid),
            probability=probability,
            threshold=threshold,
            known=valid & (prepared.split_map == TEST),
            expected=expected_threshold(probability[mask_train_and_validation(prepared)]),
        ),
        seconds=np.nan,
    )
