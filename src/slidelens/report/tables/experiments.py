"""Tables of experiments: hyper-parameters, ablations, transfer."""

from __future__ import annotations

import pandas as pd

from slidelens.experiments.tables import ExperimentTables
from slidelens.params.schema import PRETRAINED
from slidelens.report.tables.table import PAPER_COLUMN, Table


def hyperparameter_table(found: ExperimentTables, paper: pd.DataFrame | None) -> Table:
    """Table 2, as `slidelens table2 --csv` writes it; the best row has a mark. paper: its values by lr, filters and batch_size."""
    note = (
        "Learning rate, filters and batch size of the pretraining; scores of the pretrained network, without fine-tuning. Best: highest "
        "F1 on validation ground; others may lie within chance of it, "
        "and few epochs favour high learning rates. Test scores stand beside and choose nothing."
    )
    frame = found.frame
    if "best" in frame:
        frame = frame.assign(best=frame["best"].map({True: "best", False: ""}))
    if paper is not None and not frame.empty:
        note += " The paper's values are of its test on 2017."
        frame = frame.join(paper.add_prefix(f"{PAPER_COLUMN}_"), on=["lr", "filters", "batch_size"])
    return _of_experiments("table2", "Table 2. Hyper-parameters", note, found, frame)


def ablation_table(found: ExperimentTables) -> Table:
    """What pretraining, the start of each date, freezing and more landslides bring, as `slidelens ablations` writes it."""
    note = (
        "A row an experiment; mean of the dates' scores on the test blocks, and F1 by date. Pretrained: each date from the pretrained network; "
        "scratch: from random weights, as long and as fast as pretraining; chained: from the date before; so many landslides: all that "
        "each date is trained on. F1 before: without fine-tuning."
    )
    frame = found.frame.drop(
        columns=["landslides", "freeze"], errors="ignore"
    )  # the experiment's name says so
    return _of_experiments("ablations", "Ablations: what each part brings", note, found, frame)


def transfer_table(found: ExperimentTables) -> Table:
    """F1 of every network (rows) on every ground (columns), from the long table of `slidelens transfer`."""
    note = (
        "F1 of the network fine-tuned to a date (row) on the test blocks of each date (column); pretrain: the validation blocks of the first "
        "event. Change elsewhere: mean difference from the pretrained network on all grounds but the own; below zero: what fine-tuning cost there."
    )
    frame = found.frame if found.frame.empty else matrix_with_change(found.frame)
    return _of_experiments(
        "transfer", "Transfer: trained on one date, tested on another", note, found, frame
    )


def transfer_matrix(rows: pd.DataFrame, values: str) -> pd.DataFrame:
    """A column of the long table as a matrix, trained on × tested on, in the order of the rows."""
    matrix = rows.pivot(index="trained_on", columns="tested_on", values=values).astype(float)
    return matrix.loc[rows["trained_on"].unique(), rows["tested_on"].unique()].rename_axis(
        index=None, columns=None
    )


def matrix_with_change(rows: pd.DataFrame) -> pd.DataFrame:
    """F1, trained on × tested on, and the mean change on all grounds but the own."""
    change = transfer_matrix(rows, "f1_change")
    for name in change.index.intersection(change.columns):
        change.loc[name, name] = float("nan")
    elsewhere = change.mean(axis="columns").drop(PRETRAINED, errors="ignore").reindex(change.index)
    return (
        transfer_matrix(rows, "f1")
        .assign(change_elsewhere=elsewhere)
        .rename_axis(index="trained_on")
        .reset_index()
    )


def _of_experiments(
    name: str, title: str, note: str, found: ExperimentTables, frame: pd.DataFrame
) -> Table:
    """A table that is not there has its title and one line."""
    return Table(
        name,
        title,
        found.told if frame.empty else " ".join(filter(None, (note, found.told))),
        frame,
    )
