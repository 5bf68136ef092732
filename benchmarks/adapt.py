"""Measure what `slidelens adapt` brings on ground that the weights have never seen.

For each draw, an analyst marks some landslides and as many boxes without any, at random places
outside the test blocks; the test blocks are hidden like nodata until they are scored. The weights
are those of `python -m zoo.train REGION`, from the other regions, or one file for all grounds.

Beside it, a random forest and a network from random weights learn from the same marks, and the
forest is blended with the unchanged weights (`quality/methods/marks.py`).

With --full, the same weights are also fine-tuned on all landslides of the train blocks, for as long
as a network from random weights; the table says which share of that gain the marks bring.

A draw that is in the CSV file is not repeated. Real data are read from SLIDELENS_REAL_DATA, by
default ../shared/data.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.arguments import argument_parser
from benchmarks.quality.grounds import (
    IBURI,
    MOSAICS,
    MOSAICS_PIXEL_M,
    ROOT,
    after_mosaic,
    ground,
    link_mosaics,
)
from benchmarks.quality.marking import draw_marks, markable
from benchmarks.quality.methods.marks import (
    THRESHOLD,
    blend_with_forest,
    forest_of_marks,
    network_of_marks,
)
from benchmarks.quality.protocols import as_long_as_pretraining
from benchmarks.quality.scoring import best_f1
from benchmarks.quality.studies import study_params
from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.level_channels import level_names, with_levels
from slidelens.dataset.parts import TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import (
    BandStatistics,
    compute_band_statistics,
    standardise,
)
from slidelens.escaping import counted
from slidelens.files import write_text
from slidelens.learning.adaptation.adapt import adapt_network
from slidelens.learning.adaptation.marked import MarkedGround, mark_ground
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.training import load_for_training
from slidelens.learning.data.pixels import read_pixels, visible_pixels
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.learning.mapping.prediction import predict_dataset, predict_pixels
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.learning.tiling.identity import weights_digest
from slidelens.learning.training.fit import fit
from slidelens.learning.training.settings import finetuning_settings
from slidelens.params.schema import Params
from slidelens.types import Float32, Mask
from zoo.regions import link_study, study_without

BOX_M = {"kodagu": 300.0, "iburi": 300.0, "bijie": 100.0}  # of each ground
WEIGHTS = ROOT / "zoo/weights/without-{ground}.weights.h5"
ALL = 0  # number of marks of a row of full fine-tuning
ZERO, AFTER = ("zero", "zero_best"), ("f1", "best")  # F1 of a map at its threshold, at the best
ADAPT = "adapt"
METHODS = {"forest": forest_of_marks, "blend": blend_with_forest, "scratch": network_of_marks}
KEY = ["ground", "marks", "draw", "method"]
SHOWN = ["zero", "zero_best", "f1", "best", "held_back", "seconds"]


def main() -> None:
    """Run what is missing; print the table and write all draws as CSV."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    data = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared/data"))
    if not data.is_dir():
        sys.exit(f"there are no real data in {data}; set SLIDELENS_REAL_DATA")
    csv = arguments.work / "adapt.csv"
    frame = pd.read_csv(csv) if csv.exists() else pd.DataFrame(columns=KEY)
    quiet_tensorflow()
    for draw in range(arguments.draws):
        for name in arguments.grounds:
            weights = Path(str(arguments.weights).format(ground=name))
            runs = list(itertools.product(arguments.marks, [draw], arguments.methods))
            for run in [*runs, *([(ALL, draw, ADAPT)] if arguments.full and draw == 0 else [])]:
                key = [name, *run]
                if (frame[KEY] == key).all(axis=1).any():
                    continue
                row = dict(zip(KEY, key, strict=True))
                params, whole = _ground(name, data, arguments.work)
                if row["marks"] == ALL:
                    row |= _fine_tune(whole, params, weights, name)
                else:
                    row |= _score(whole, weights, BOX_M[name], *run)
                frame = pd.concat([frame, pd.DataFrame([row])], ignore_index=True)
                write_text(csv, frame.to_csv(index=False, float_format="%.4g"))
    print(table(frame))


def _arguments() -> argparse.Namespace:
    parser = argument_parser("benchmarks.adapt", __doc__)
    parser.add_argument(
        "weights",
        type=Path,
        nargs="?",
        default=WEIGHTS,
        help="weights file, in which {ground} stands for the ground (default: %(default)s)",
    )
    parser.add_argument("--grounds", nargs="+", choices=list(BOX_M), default=list(BOX_M))
    parser.add_argument(
        "--marks",
        nargs="+",
        type=int,
        default=[10, 25],
        help="numbers of landslides, and of boxes of 300 m, 100 m on Bijie (default: %(default)s)",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=[ADAPT, *METHODS],
        default=[ADAPT, *METHODS],
        help="what learns from the marks (default: all)",
    )
    parser.add_argument("--full", action="store_true", help="also fine-tune on all landslides")
    parser.add_argument("--draws", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / ".slidelens/bench-adapt",
        help="folder of all that is kept (default: %(default)s)",
    )
    return parser.parse_args()


def _ground(name: str, data: Path, work: Path) -> tuple[Params, Prepared]:
    """Return the parameters and the prepared data of a ground."""
    if name == "kodagu":
        params = study_params(
            MOSAICS | {"root": str(link_mosaics(data, work))}, [name], [], None, 1
        )
        return params, ground(params, name, work)
    if name == "bijie":
        root = link_study(name, work / name, data)
        # What would be pretrained on does not matter here.
        study = study_without(name, root, ["kodagu"])
        params = study_params(study, ["after"], [], None, 1)
        return params, ground(params, "after", work)
    study = IBURI | {"root": str(data / "iburi"), "pixel_m": MOSAICS_PIXEL_M}
    params = study_params(study, ["pre", "post"], [], None, 1)
    return params, after_mosaic(ground(params, "post", work))


def _fine_tune(whole: Prepared, params: Params, weights: Path, name: str) -> dict[str, Any]:
    """Fine-tune weights on all landslides of the train blocks; return scores on the test blocks."""
    metadata, started = read_weights_metadata(weights), time.perf_counter()
    longer = as_long_as_pretraining(params.model_copy(update={"filters": metadata.filters}))
    zero = _map(whole, metadata, load_for_training(weights, metadata))
    tuned = fit(whole, longer, finetuning_settings(longer), name, weights, lambda *_: None)
    after = _map(whole, tuned.metadata, tuned.network)
    return {
        **_scores(whole, {ZERO: zero, AFTER: after}),
        "chosen": "all",
        "held_back": tuned.validation["f1"],
        "seconds": time.perf_counter() - started,
    }


def _score(
    whole: Prepared, weights: Path, box_m: float, marks: int, draw: int, method: str
) -> dict[str, Any]:
    """Let a method learn from one draw of marks; return its scores on the test blocks."""
    landslides, boxes = draw_marks(whole, marks, marks, box_m, draw)
    visible = markable(whole)
    pixels = visible_pixels(whole, visible)
    marked = mark_ground(pixels, whole.scene.grid, landslides, boxes, tile_px=whole.tile_px)
    if method == ADAPT:
        channels, levels = _levels(whole, visible)
        seen = np.where(visible[..., None], levels, np.float32(0))
        wide = np.concatenate([read_pixels(pixels), seen], axis=-1)
        marked = replace(marked, data=replace(marked.data, pixels=wide))
        return _adapt(whole, weights, marked, draw, channels, levels)
    started = time.perf_counter(), time.process_time()
    after = METHODS[method](whole, marked, visible, weights, draw)
    return {
        **_scores(whole, {AFTER: (after, THRESHOLD)}),
        "seconds": time.perf_counter() - started[0],
        "processor_seconds": time.process_time() - started[1],
    }


def _levels(whole: Prepared, visible: Mask) -> tuple[BandStatistics, Float32]:
    """Return the statistics of the channels with the levels of the bands, and the levels."""
    scene, names = whole.scene, level_names(whole.scene.bands)
    statistics = compute_band_statistics(scene.pixels, visible, names, "the visible ground")
    levels = standardise(scene.pixels, scene.valid, statistics)
    return with_levels(whole.statistics, statistics), levels


def _adapt(
    whole: Prepared,
    weights: Path,
    marked: MarkedGround,
    draw: int,
    channels: BandStatistics,
    levels: Float32,
) -> dict[str, Any]:
    """Adapt weights to marks; return the scores on the test blocks before and after."""
    metadata = read_weights_metadata(weights)
    network = load_for_training(weights, metadata)
    started = time.perf_counter(), time.process_time()
    sample = take_sample(marked.data.pixels, draw, whole.tile_px)
    zero = _map(whole, metadata, network)
    digest, name = weights_digest(weights), f"draw {draw}"
    adapted = adapt_network(
        network, metadata, digest, marked, sample, draw, name, channels=channels
    )
    seconds = time.perf_counter() - started[0]
    predict, pixels = compile_predictor(adapted.network), whole.standardised()
    if adapted.metadata.spectral_units:
        pixels = np.concatenate([pixels, levels], axis=-1)
    prediction = predict_pixels(pixels, adapted.metadata, predict, whole.tile_px)
    after = prediction.probability, adapted.metadata.threshold
    return {
        **_scores(whole, {ZERO: zero, AFTER: after}),
        "chosen": adapted.chosen,
        "held_back": adapted.score.f1,
        "low": adapted.score.low,
        "high": adapted.score.high,
        "held_back_start": adapted.start.f1,
        "share": adapted.share,
        "seconds": seconds,
        "processor_seconds": time.process_time() - started[1],
    }


def _scores(
    whole: Prepared, maps: dict[tuple[str, str], tuple[Float32, float]]
) -> dict[str, float | None]:
    """Return the scores of maps, with their thresholds, on the test blocks."""
    tested = (whole.split_map == TEST) & whole.scene.valid & (whole.labels != UNKNOWN)
    landslide = whole.labels == 1
    scores: dict[str, float | None] = {"true_share": float(landslide[tested].mean())}
    for (f1, best), (probability, threshold) in maps.items():
        scores[f1] = count(landslide, probability >= threshold, tested).f1
        scores[best] = best_f1(landslide[tested], probability[tested])
    return scores


def _map(whole: Prepared, metadata: WeightsMetadata, network: Any) -> tuple[Float32, float]:
    """Return the map of a network, and its threshold."""
    prediction = predict_dataset(whole, metadata, compile_predictor(network))
    return prediction.probability, metadata.threshold


def table(frame: pd.DataFrame) -> str:
    """Return mean, lowest and highest of the scores over the draws, as text."""
    lines = []
    is_full = frame["marks"] == ALL
    full = dict(zip(frame["ground"][is_full], frame["f1"][is_full], strict=True))
    for (name, marks), rows in frame[~is_full].groupby(["ground", "marks"], sort=False):
        lines.append(f"{name}, {marks} landslides and {marks} boxes")
        for method, draws in rows.groupby("method", sort=False):
            lines.append(f"  {method}, {counted(len(draws), 'draw')}")
            lines += [
                f"    {score:<9} {draws[score].mean():.3f} ({draws[score].min():.3f} to"
                f" {draws[score].max():.3f})"
                for score in SHOWN
                if draws[score].notna().any()
            ]
            if method == ADAPT:
                lines += _changes(draws, full.get(name))
    return "\n".join(lines)


def _changes(draws: pd.DataFrame, full: float | None) -> list[str]:
    """Return what adapting has changed, and how much of a full fine-tuning's gain it brings."""
    worst = np.min(draws["f1"] - draws["zero"])
    lines = [f"    chosen    {', '.join(draws['chosen'])}; worst change {worst:+.3f}"]
    if full is not None:
        zero = draws["zero"].mean()
        share = (draws["f1"].mean() - zero) / (full - zero)
        lines.append(f"    all landslides {full:.3f}; the marks bring {share:.0%} of the gain")
    return lines


if __name__ == "__main__":
    main()
