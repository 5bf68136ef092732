"""Stage `pretrain`: train the first network on the landslides outside the investigation area."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from slidelens.dataset.prepared import open_prepared
from slidelens.dataset.prepared_files import source_folders
from slidelens.files import require_writable, write_json
from slidelens.layout import Layout
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.pretraining import fit_sources
from slidelens.learning.runtime import network_summary, quiet_tensorflow
from slidelens.learning.training.fit import random_start
from slidelens.learning.training.history import write_history
from slidelens.learning.training.settings import pretraining_settings
from slidelens.params.dates import PRETRAINED, SCRATCH
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run


def main(argv: list[str] | None = None) -> int:
    """Train on data/prepared/pretrain; write models, metrics/pretrain.json and its history."""
    argparse.ArgumentParser(prog="pretrain", description=__doc__).parse_args(argv)
    return run("pretrain", lambda: pretrain(load_params(), Path()))


def pretrain(params: Params, root: Path) -> None:
    """Write the pretrained weights, random weights of the same network, and the scores.

    Args:
        params: of the pretraining.
        root: root of the study repository.
    """
    layout = Layout(root)
    outputs = [layout.weights(name) for name in (PRETRAINED, SCRATCH)]
    require_writable(*outputs, layout.history("pretrain"), layout.metric("pretrain"))
    quiet_tensorflow()
    folder = layout.prepared_date("pretrain")
    sources = {name: open_prepared(below) for name, below in source_folders(folder).items()}
    with stage_run("pretrain", params.model_dump(by_alias=True), data_hashes([folder])) as log:
        fitted = fit_sources(sources, params, pretraining_settings(params), log.epoch)
        scores: dict[str, Any] = {
            "epoch": fitted.history.best,
            "threshold": fitted.metadata.threshold,
            "validation": fitted.validation,
        }
        if fitted.sources:
            scores["sources"] = fitted.sources
        save_weights(fitted.network, fitted.metadata, layout.weights(PRETRAINED))
        save_weights(*random_start(fitted.metadata, params.seed), layout.weights(SCRATCH))
        write_history(fitted.history, layout.history("pretrain"))
        write_json(layout.metric("pretrain"), {"pretrain": scores})
        log.scores(scores)
        log.text("model.txt", network_summary(fitted.network))


if __name__ == "__main__":
    sys.exit(main())
