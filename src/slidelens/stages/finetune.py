"""Stage `finetune@<date>`: train a date's network, from the weights that params.yaml names."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from pathlib import Path

from slidelens.dataset.prepared import open_prepared
from slidelens.errors import ParamsError
from slidelens.files import atomic_write, require_writable
from slidelens.layout import Layout
from slidelens.learning.finetuning import labelled_share, nothing_to_learn, select_landslides
from slidelens.learning.inference.weights import (
    read_weights_metadata,
    require_architecture,
    require_same_bands,
    save_weights,
)
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.fit import fit
from slidelens.learning.training.history import History, write_history
from slidelens.learning.training.settings import finetuning_settings
from slidelens.params.dates import PRETRAINED, SCRATCH, require_dates
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
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
    """Write the weights and the history of a date.

    Without landslides to learn from, the weights are those it would start from.

    Args:
        params: of the fine-tuning.
        date: label of the date.
        root: root of the study repository.

    Raises:
        WeightsError: The starting weights are of another architecture than the parameters.
        ParamsError: The date is not one of the parameters, or there is nothing to learn and the
            starting weights are random.
    """
    require_dates([date], tuple(params.finetune.start))
    layout = Layout(root)
    require_writable(layout.weights(date), layout.history(date))
    start_name = params.finetune.start[date]
    folder, start = layout.prepared_date(date), layout.weights(start_name)
    whole = open_prepared(folder)
    prepared = select_landslides(whole, params)
    metadata = read_weights_metadata(start)
    require_architecture(metadata, params.model, params.filters, params.learning.members, start)
    require_same_bands(metadata, prepared.scene.bands)
    reason = nothing_to_learn(prepared, params)
    if reason and start_name == SCRATCH:
        raise ParamsError(
            f"{reason}, and weights from {SCRATCH} know nothing; "
            f"set finetune.from.{date} to {PRETRAINED}"
        )
    if not reason:
        quiet_tensorflow()
    with stage_run(
        "finetune", params.model_dump(by_alias=True), data_hashes([folder, start]), date
    ) as logged:
        if reason:
            log.warning("finetune %s: %s; it keeps the weights of %s", date, reason, start.name)
            logged.tags({"not_trained": reason})
            _copy(start, layout.weights(date))
            write_history(History(), layout.history(date))
            return
        fitted = fit(
            prepared,
            params,
            finetuning_settings(params),
            date,
            start,
            logged.epoch,
            labelled_share=labelled_share(whole, prepared),
        )
        save_weights(fitted.network, fitted.metadata, layout.weights(date))
        write_history(fitted.history, layout.history(date))
        logged.scores(
            {
                "epoch": fitted.history.best,
                "threshold": fitted.metadata.threshold,
                "validation": fitted.validation,
            }
        )


def _copy(source: Path, destination: Path) -> None:
    with atomic_write(destination) as temporary:
        shutil.copyfile(source, temporary)


if __name__ == "__main__":
    sys.exit(main())
