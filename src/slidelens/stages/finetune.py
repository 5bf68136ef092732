"""Stage `finetune@<date>`: one date's network, from the weights that params.yaml names for it."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from slidelens.errors import ParamsError
from slidelens.experiment import data_hashes, stage_run
from slidelens.files import writing
from slidelens.geo.mask import number
from slidelens.geo.prepared import Prepared, read_prepared
from slidelens.learning.fewer import keep_landslides
from slidelens.learning.fitting import fit
from slidelens.learning.history import write_history
from slidelens.learning.split import TRAIN, UNKNOWN, VALIDATION
from slidelens.learning.training import History, fine_tuning, quiet_tensorflow
from slidelens.learning.weights import read_card, require_architecture, save_weights
from slidelens.params import PRETRAINED, SCRATCH, Params, load_params
from slidelens.run import run

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Fine-tune on data/prepared/<date>; write models/<date>.weights.h5."""
    parser = argparse.ArgumentParser(prog="finetune", description=__doc__)
    parser.add_argument("date", help="one of the dates of params.yaml")
    arguments = parser.parse_args(argv)
    return run(f"finetune@{arguments.date}", lambda: finetune(load_params(), arguments.date, Path()))


def finetune(params: Params, date: str, root: Path) -> None:
    """Train a date's network below the folder `root`; without landslides to learn from, its weights are those it would start from."""
    folder = root / "data/prepared" / date
    prepared, start = _chosen(read_prepared(folder), params), root / f"models/{params.finetune.start[date]}.weights.h5"
    require_architecture(read_card(start), params.model, params.filters, params.learning.members, start)
    weights, curves = root / f"models/{date}.weights.h5", root / f"metrics/history/{date}.csv"
    reason = nothing_to_learn(prepared, params)
    if reason and params.finetune.start[date] == SCRATCH:
        raise ParamsError(f"{reason}, and weights from {SCRATCH} know nothing; set finetune.from.{date} to {PRETRAINED}")
    if not reason:
        quiet_tensorflow()
    with stage_run("finetune", params.model_dump(by_alias=True), data_hashes([folder, start]), date) as logged:
        if reason:
            log.warning("finetune %s: %s; it keeps the weights of %s", date, reason, start.name)
            logged.tags({"not_trained": reason})
            _keep(start, weights)
            write_history(History(), curves)
            return
        fitted = fit(prepared, params, fine_tuning(params), date, start, logged.epoch)
        save_weights(fitted.network, fitted.card, weights)
        write_history(fitted.history, curves)
        logged.scores({"epoch": fitted.history.best, "threshold": fitted.card.threshold, "validation": fitted.validation})


def _chosen(prepared: Prepared, params: Params) -> Prepared:
    """The ground with as many landslides to train on as finetune.landslides says."""
    if params.finetune.landslides is None or prepared.inventory is None:
        return prepared
    numbers = number(prepared.inventory.geometry, prepared.scene.grid)
    return replace(prepared, labels=keep_landslides(prepared.labels, numbers, prepared.parts, params.finetune.landslides, params.seed))


def nothing_to_learn(prepared: Prepared, params: Params) -> str | None:
    """Why a date cannot be trained on; None where it can."""
    if params.finetune.epochs == 0:
        return "finetune.epochs is 0"
    if prepared.inventory is None:
        return "there is no inventory"
    if not ((prepared.labels == 1) & (prepared.parts == TRAIN)).any():
        return "there is no landslide in the train blocks"
    if not ((prepared.labels != UNKNOWN) & (prepared.parts == VALIDATION)).any():
        return "there is no known ground in the validation blocks"
    return None


def _keep(start: Path, weights: Path) -> None:
    with writing(weights) as temporary:
        shutil.copyfile(start, temporary)


if __name__ == "__main__":
    sys.exit(main())
