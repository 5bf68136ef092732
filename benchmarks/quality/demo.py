"""D: what a finished run of the pipeline on the simulated demo has mapped, against the truth and not against what its mapper drew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from benchmarks.quality import results
from benchmarks.quality.grounds import digest
from benchmarks.quality.scoring import scores
from benchmarks.truth import true_landslides

from slidelens.dataset.parts import TEST
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.geo.rasterise import rasterise
from slidelens.layers.probability import read_probability
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.mapping.prediction import mask_test_blocks
from slidelens.params.loading import load_params
from slidelens.params.schema import Params

STEP = "simulated demo, fine-tuned"


def demo(folder: Path, work: Path) -> str:
    """Score every date on its test blocks and keep the rows; the digest of the maps. The pipeline's time is not known here."""
    params = load_params(folder / "params.yaml")
    root = folder / params.study.root
    missing = [
        path
        for path in (
            root / "truth/landslides.gpkg",
            *(folder / "data/maps" / date / "scores.json" for date in params.dates),
        )
        if not path.exists()
    ]
    if missing:
        raise SlidelensError(
            f"there is no {missing[0]}; run the pipeline on the demo first (`make repro`), or name its folder with --demo"
        )
    settings = digest(
        [read_json(folder / "data/maps" / date / "scores.json") for date in params.dates],
        "demo.py",
        "scoring.py",
    )
    csv = work / "results.csv"
    if not results.done(
        csv, protocol="D", step=STEP, method="slidelens", seed=params.seed, settings=settings
    ):
        results.append(csv, [_row(date, folder, params, settings) for date in params.dates])
    return settings


def _row(date: str, folder: Path, params: Params, settings: str) -> results.Row:
    prepared = read_prepared(folder / "data/prepared" / date)
    probability, valid, grid = read_probability(folder / "data/maps" / date / "probability.tif")
    threshold = read_json(folder / "data/maps" / date / "scores.json")["after"]["threshold"]
    there = true_landslides(folder / params.study.root, date)
    assert there is not None  # it is there
    landslide = rasterise(there.geometry, grid)
    known = valid & (prepared.split_map == TEST)
    expected = expected_threshold(probability[mask_test_blocks(prepared)])
    told = scores(landslide, probability, threshold, known, expected)
    return results.Row(
        "D",
        STEP,
        f"{date}, test blocks",
        "slidelens",
        params.seed,
        "",
        settings,
        seconds=np.nan,
        **told,
    )
