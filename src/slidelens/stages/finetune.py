"""Stage `finetune@<date>`: one date's network, from the weights that params.yaml names for it."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from pathlib import Path

from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError
from slidelens.files import atomic_write
from slidelens.learning.finetuning import nothing_to_learn, select_landslides
from slidelens.learning.inference.weights import (
    read_weights_metadata,
    require_architecture,
    save_weights,
)
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.fit import fit
from slidelens.learning.training.history import History, write_history
from slidelens.learning.training.settings import finetuning_settings
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, SCRATCH, Params
from slidelens.run import run
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.run import stage_run

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Fine-tune on data/prepared/<date>; write models/<date>.weights.h5."""
    parser = argparse.ArgumentParser(prog="finetune", description=__doc__)
    parser.add_argument("date", help="one of the dates of params.yaml")
    arguments = parser.parse_args(argv)
    return run(
        f"finetune@{arguments.date}", lambda: finetune(load_params(), arguments.date, Path())
    )


def finetune(params: Params, date: str, root: Path) -> None:
    """Train a date's network below the folder `root`; without landslides to learn from, its weights are those it would start from."""
    folder = root / "data/prepared" / date
    prepared, start = (
        select_landslides(read_prepared(folder), params),
        root / f"models/{params.finetune.start[date]}.weights.h5",
    )
    require_architecture(
        read_weights_metadata(start), params.model, params.filters, params.learning.members, start
    )
    weights, curves = root / f"models/{date}.weights.h5", root / f"metrics/history/{date}.csv"
    reason = nothing_to_learn(prepared, params)
    if reason and params.finetune.start[date] == SCRATCH:
        raise ParamsError(
            f"{reason}, and weights from {SCRATCH} know nothing; set finetune.from.{date} to {PRETRAINED}"
        )
    if not reason:
        quiet_tensorflow()
    with stage_run(
        "finetune", params.model_dump(by_alias=True), data_hashes([folder, start]), date
    ) as logged:
        if reason:
            log.warning("finetune %s: %s; it keeps the weights of %s", date, reason, start.name)
            logged.tags({"not_trained": reason})
            _keep(start, weights)
            write_history(History(), curves)
            return
        fitted = fit(prepared, params, finetuning_settings(params), date, start, logged.epoch)
        save_weights(fitted.network, fitted.card, weights)
        write_history(fitted.history, curves)
        logged.scores(
            {
                "epoch": fitted.history.best,
                "threshold": fitted.card.threshold,
                "validation": fitted.validation,
            }
        )


def _keep(start: Path, weights: Path) -> None:
    with atomic_write(weights) as temporary:
        shutil.copyfile(start, temporary)


if __name__ == "__main__":
    sys.exit(main())
