"""Stage `pretrain`: the first network, trained on the landslides outside the investigation area."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from slidelens.dataset.prepared import read_prepared
from slidelens.files import write_json
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.runtime import network_summary, quiet_tensorflow
from slidelens.learning.training.fit import fit, random_start
from slidelens.learning.training.history import write_history
from slidelens.learning.training.settings import pretraining_settings
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run


def main(argv: list[str] | None = None) -> int:
    """Train on data/prepared/pretrain; write its weights, random ones of the same network, and metrics/pretrain.json."""
    argparse.ArgumentParser(prog="pretrain", description=__doc__).parse_args(argv)
    return run("pretrain", lambda: pretrain(load_params(), Path()))


def pretrain(params: Params, root: Path) -> None:
    """Train the first network below the folder `root`."""
    quiet_tensorflow()
    folder = root / "data/prepared/pretrain"
    prepared = read_prepared(folder)
    with stage_run("pretrain", params.model_dump(by_alias=True), data_hashes([folder])) as log:
        fitted = fit(prepared, params, pretraining_settings(params), "pretrain", None, log.epoch)
        scores = {
            "epoch": fitted.history.best,
            "threshold": fitted.card.threshold,
            "validation": fitted.validation,
        }
        save_weights(fitted.network, fitted.card, root / "models/pretrained.weights.h5")
        save_weights(*random_start(fitted.card, params.seed), root / "models/scratch.weights.h5")
        write_history(fitted.history, root / "metrics/history/pretrain.csv")
        write_json(root / "metrics/pretrain.json", {"pretrain": scores})
        log.scores(scores)
        log.text("model.txt", network_summary(fitted.network))


if __name__ == "__main__":
    sys.exit(main())
