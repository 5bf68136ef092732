"""Tables of experiments: hyper-parameters, ablations and transfer."""

from __future__ import annotations

import pandas as pd

from slidelens.experiments.tables import ExperimentTable, matrix_with_change
from slidelens.report.tables.table import PAPER_COLUMN, Table


def hyperparameter_table(experiments: ExperimentTable, paper: pd.DataFrame | None) -> Table:
    """Return Table 2, the hyper-parameters, with the best row marked.

    Args:
        experiments: rows as written by `slidelens table2 --csv`.
        paper: published scores, indexed by lr, filters and batch_size, or None.
    """
    note = (
        "Learning rate, filters and batch size of pretraining; scores of the pretrained network "
        "without fine-tuning. Best: highest F1 on the validation blocks. Differences to other rows "
        "may be chance, and few epochs favour high learning rates. Test scores are shown for "
        "comparison and are not used for selection."
    )
    frame = experiments.frame
    if "best" in frame:
        frame = frame.assign(best=frame["best"].map({True: "best", False: ""}))
    if paper is not None and not frame.empty:
        note += " The paper's values are those of its test on 2017."
        frame = frame.join(paper.add_prefix(f"{PAPER_COLUMN}_"), on=["lr", "filters", "batch_size"])
    return _table("table2", "Table 2. Hyper-parameters", note, experiments, frame)


def ablation_table(experiments: ExperimentTable) -> Table:
    """Return the table of ablations from the rows written by `slidelens ablations`."""
    note = (
        "One row per experiment: mean of the dates' scores on the test blocks, and F1 by date. "
        "Pretrained: each date starts from the pretrained network; scratch: from random weights, "
        "with the epochs and learning rate of pretraining; chained: from the network of the "
        "previous date; a number of landslides: only so many are used to train each date. "
        "F1 before: without fine-tuning."
    )
    # The experiment's name already gives the values of these columns.
    frame = experiments.frame.drop(columns=["landslides", "freeze"], errors="ignore")
    title = "Ablations: the effect of each component"
    return _table("ablations", title, note, experiments, frame)


def transfer_table(experiments: ExperimentTable) -> Table:
    """Return F1 of every network (rows) on every date (columns).

    Args:
        experiments: the long table written by `slidelens transfer`.
    """
    note = (
        "F1 of the network fine-tuned to a date (row) on the test blocks of each date (column); "
        "pretrain: the validation blocks of the first event. Change elsewhere: mean difference "
        "from the pretrained network on all other dates; negative values show what fine-tuning "
        "cost there."
    )
    frame = experiments.frame
    if not frame.empty:
        frame = matrix_with_change(frame)
    title = "Transfer: trained on one date, tested on another"
    return _table("transfer", title, note, experiments, frame)


def _table(
    name: str, title: str, note: str, experiments: ExperimentTable, frame: pd.DataFrame
) -> Table:
    """Append the note of the experiments; without rows, that note stands alone."""
    if frame.empty:
        return Table(name, title, experiments.note, frame)
    return Table(name, title, " ".join(filter(None, (note, experiments.note))), frame)
