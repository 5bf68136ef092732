"""`slidelens sweep`: run the hyper-parameter experiments."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from slidelens.console import several
from slidelens.experiments.experiment import STAGE, parse_settings
from slidelens.experiments.hyperparameters import advice, best
from slidelens.experiments.options import Folder, Jobs, Settings, Stage
from slidelens.experiments.printing import print_combinations
from slidelens.experiments.repository import DvcRepository
from slidelens.experiments.sweep import BATCH_SIZES, FILTERS, LEARNING_RATES, sweep

log = logging.getLogger(__name__)


def command(
    lr: Annotated[
        list[float] | None,
        several("--lr", metavar="LR", help="Learning rates (default: 1e-3 1e-4 1e-5)."),
    ] = None,
    filters: Annotated[
        list[int] | None,
        several("--filters", metavar="N", help="Filters of the first block (default: 8 16 32)."),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        several("--batch-size", metavar="N", help="Patches per step (default: 8 16 32)."),
    ] = None,
    settings: Settings = None,
    stage: Stage = STAGE,
    jobs: Jobs = 2,
    folder: Folder = Path(),
) -> None:
    """Run the 27 combinations of Table 2 of the paper as DVC experiments, each logged to MLflow.

    Experiments that are finished are skipped, so the same command resumes an interrupted sweep.
    Prints the table and writes metrics/experiments/table2.csv.
    """
    rows = sweep(
        DvcRepository(folder),
        learning_rates=lr or LEARNING_RATES,
        filters=filters or FILTERS,
        batch_sizes=batch_size or BATCH_SIZES,
        settings=parse_settings(settings or ()),
        stage=stage,
        jobs=jobs,
    )
    print_combinations(rows)
    log.info("%s", advice(best(rows)))
