"""Train on all regions but one, and score the map of the one that was left out.

python -m zoo.train REGION writes weights/without-REGION.weights.h5, the same in half precision, and
scores/REGION.json. Bijie is never trained on: what is trained without it is trained on all regions.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.quality.scoring import score_map
from slidelens.dataset.parts import OUTSIDE, UNKNOWN
from slidelens.dataset.prepared import Prepared, open_prepared
from slidelens.dataset.prepared_files import source_folders
from slidelens.files import write_json
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.inference.weights import WeightsMetadata, save_weights
from slidelens.learning.mapping.prediction import predict_dataset
from slidelens.learning.pretraining import fit_sources
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.settings import pretraining_settings
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.stages.prepare import prepare
from zoo.half_precision import halve
from zoo.regions import REGIONS, ZOO, data_folder, link_study, recipe, study_dates

WEIGHTS = ZOO / "weights"
_SCORES = (
    "f1",
    "precision",
    "recall",
    "f1_best",
    "f1_expected",
    "threshold",
    "ece",
    "false_alarm_m2_per_km2",
)


def main() -> int:
    """Run one training."""
    parser = argparse.ArgumentParser(prog="python -m zoo.train", description=__doc__)
    parser.add_argument("region", choices=list(REGIONS), help="region to leave out")
    region = parser.parse_args().region
    return run("zoo", lambda: train(region))


def train(left_out: str) -> None:
    """Train without a region, and score its map.

    Args:
        left_out: Name of the region.
    """
    with tempfile.TemporaryDirectory() as scratch:
        study, prepared = Path(scratch) / "study", Path(scratch) / "prepared"
        params = recipe(left_out, link_study(left_out, study, data_folder()))
        prepare(params, prepared)
        full = WEIGHTS / f"without-{left_out}.weights.h5"
        metadata = train_on_sources(params, prepared, full)
        half = full.with_name(f"without-{left_out}-half.weights.h5")
        halve(full, half)
        dates = {date: open_prepared(prepared / date) for date in study_dates(left_out)}
        scores = {
            "sources": list(metadata.trained_on),
            "half_precision": _score(half, dates),
            "full_precision": _score(full, dates),
        }
        write_json(ZOO / "scores" / f"{left_out}.json", scores)


def train_on_sources(params: Params, prepared: Path, out: Path) -> WeightsMetadata:
    """Write the weights of a network trained on the sources of a study; return their metadata.

    Args:
        params: Parameters of the study.
        prepared: Folder of its prepared data.
        out: The weights file.
    """
    quiet_tensorflow()
    folders = source_folders(prepared / "pretrain")
    sources = {name: open_prepared(folder) for name, folder in folders.items()}
    fitted = fit_sources(sources, params, pretraining_settings(params), lambda *_: None)
    save_weights(fitted.network, fitted.metadata, out)
    return fitted.metadata


def _score(weights: Path, dates: dict[str, Prepared]) -> dict[str, Any]:
    """Return the scores of the map of a region, and its false alarms before the landslides."""
    metadata, network = load_network(weights)
    found: dict[str, Any] = {}
    for date, ground in dates.items():
        probability = predict_dataset(ground, metadata, network).probability
        inside = (ground.split_map != OUTSIDE) & ground.scene.valid
        scores = score_map(
            ground.labels == 1,
            probability,
            metadata.threshold,
            inside & (ground.labels != UNKNOWN),
            expected_threshold(probability[inside]),
        )
        if date == "after":
            found |= {name: getattr(scores, name) for name in _SCORES}
        else:
            found["before_false_alarm_m2_per_km2"] = scores.false_alarm_m2_per_km2
    return found


if __name__ == "__main__":
    sys.exit(main())
