"""Measure what `slidelens adapt` brings on ground that the weights have never seen.

For each draw, an analyst marks some landslides and as many boxes without any, at random places
outside the test blocks; the test blocks are hidden like nodata until they are scored. Weights of
Taiwan, from `python -m benchmarks.quality --protocol B --methods slidelens --landslides`, are
adapted to Kodagu and Iburi. Full fine-tuning is that of the same protocol.

A draw that is in the CSV file is not repeated. Real data are read from SLIDELENS_REAL_DATA, by
default ../shared/data.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.arguments import argument_parser
from benchmarks.marking import draw_marks, markable
from benchmarks.quality.grounds import (
    IBURI,
    MOSAICS,
    MOSAICS_PIXEL_M,
    ROOT,
    after_mosaic,
    ground,
    link_mosaics,
)
from benchmarks.quality.scoring import best_f1
from benchmarks.quality.studies import study_params
from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.files import write_text
from slidelens.learning.adaptation.adapt import adapt_network
from slidelens.learning.adaptation.marked import mark_ground
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.training import load_for_training
from slidelens.learning.data.pixels import visible_pixels
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.learning.mapping.prediction import predict_dataset
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.learning.tiling.identity import weights_digest
from slidelens.types import Float32

GROUNDS = ("kodagu", "iburi")
BOX_M = 300.0
KEY = ["ground", "marks", "draw"]
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
            for marks in arguments.marks:
                key = [name, marks, draw]
                if (frame[KEY] == key).all(axis=1).any():
                    continue
                row = dict(zip(KEY, key, strict=True))
                row |= _score(_ground(name, data, arguments.work), arguments.weights, marks, draw)
                frame = pd.concat([frame, pd.DataFrame([row])], ignore_index=True)
                write_text(csv, frame.to_csv(index=False, float_format="%.4g"))
    print(table(frame))


def _arguments() -> argparse.Namespace:
    parser = argument_parser("benchmarks.adapt", __doc__)
    parser.add_argument("weights", type=Path, help="weights trained on Taiwan")
    parser.add_argument("--grounds", nargs="+", choices=GROUNDS, default=list(GROUNDS))
    parser.add_argument(
        "--marks",
        nargs="+",
        type=int,
        default=[10, 25],
        help="numbers of landslides, and of boxes of 300 m (default: %(default)s)",
    )
    parser.add_argument("--draws", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / ".slidelens/bench-adapt",
        help="folder of all that is kept (default: %(default)s)",
    )
    return parser.parse_args()


def _ground(name: str, data: Path, work: Path) -> Prepared:
    if name == "kodagu":
        study = MOSAICS | {"root": str(link_mosaics(data, work))}
        return ground(study_params(study, ["kodagu"], [], None, 1), "kodagu", work)
    study = IBURI | {"root": str(data / "iburi"), "pixel_m": MOSAICS_PIXEL_M}
    return after_mosaic(ground(study_params(study, ["pre", "post"], [], None, 1), "post", work))


def _score(whole: Prepared, weights: Path, marks: int, draw: int) -> dict[str, Any]:
    """Adapt weights to one draw of marks; return the scores on the test blocks."""
    metadata = read_weights_metadata(weights)
    network = load_for_training(weights, metadata)
    started = time.perf_counter(), time.process_time()
    pixels = visible_pixels(whole, markable(whole))
    landslides, boxes = draw_marks(whole, marks, marks, BOX_M, draw)
    marked = mark_ground(pixels, whole.scene.grid, landslides, boxes, tile_px=whole.tile_px)
    sample = take_sample(pixels, draw, whole.tile_px)
    zero = _map(whole, metadata, network)
    adapted = adapt_network(
        network, metadata, weights_digest(weights), marked, sample, draw, f"draw {draw}"
    )
    seconds = time.perf_counter() - started[0]
    tested = (whole.split_map == TEST) & whole.scene.valid & (whole.labels != UNKNOWN)
    after = _map(whole, adapted.metadata, network)
    landslide = whole.labels == 1
    return {
        "zero": count(landslide, zero >= metadata.threshold, tested).f1,
        "zero_best": best_f1(landslide[tested], zero[tested]),
        "f1": count(landslide, after >= adapted.metadata.threshold, tested).f1,
        "best": best_f1(landslide[tested], after[tested]),
        "chosen": adapted.chosen,
        "held_back": adapted.score.f1,
        "low": adapted.score.low,
        "high": adapted.score.high,
        "held_back_start": adapted.start.f1,
        "share": adapted.share,
        "true_share": float(landslide[tested].mean()),
        "seconds": seconds,
        "processor_seconds": time.process_time() - started[1],
    }


def _map(whole: Prepared, metadata: WeightsMetadata, network: Any) -> Float32:
    return predict_dataset(whole, metadata, compile_predictor(network)).probability


def table(frame: pd.DataFrame) -> str:
    """Return mean, lowest and highest of the scores over the draws, as text."""
    lines = []
    for (name, marks), rows in frame.groupby(["ground", "marks"], sort=False):
        lines.append(f"{name}, {marks} landslides and {marks} boxes, {len(rows)} draws")
        lines += [
            f"  {score:<10} {rows[score].mean():.3f} ({rows[score].min():.3f} to"
            f" {rows[score].max():.3f})"
            for score in SHOWN
        ]
        worst = np.min(rows["f1"] - rows["zero"])
        lines.append(f"  chosen     {', '.join(rows['chosen'])}; worst change {worst:+.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
