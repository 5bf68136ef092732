"""`slidelens transfer`: every date's test blocks scored with every date's weights: what each network keeps of what it has learnt.

A row is what was trained on, a column what is tested on. The column `pretrain` is the validation ground of the first event: where it is
lower than the pretrained network's own, fine-tuning has forgotten.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import TEST, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import ParamsError
from slidelens.experiments.tables import FOLDER
from slidelens.files import write_text
from slidelens.learning.inference.loading import iter_networks
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.mapping.prediction import loss_on, predict_dataset, threshold_of
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, Params
from slidelens.report.tables.experiments import matrix_with_change

log = logging.getLogger(__name__)

PRETRAIN = "pretrain"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens transfer`."""
    parser = subparsers.add_parser(
        "transfer", help="every date scored with every other date's weights", description=__doc__
    )
    parser.add_argument(
        "dates", nargs="*", metavar="DATE", help="some dates only (default: all that are mapped)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="the folder of params.yaml (default: the current one)",
    )
    parser.add_argument(
        "--csv",
        type=Path,
        help="where to write the scores (default: metrics/experiments/transfer.csv in the folder)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score, write a row for each pair, and print F1 as a matrix."""
    params = load_params(arguments.folder / "params.yaml")
    if unknown := [date for date in arguments.dates if date not in params.dates]:
        raise ParamsError(f"{unknown[0]} is not one of the dates {', '.join(params.dates)}")
    table = transfer(params, arguments.dates or params.dates, arguments.folder)
    write_text(
        arguments.csv or arguments.folder / FOLDER / "transfer.csv", table.to_csv(index=False)
    )
    print(matrix_text(table, params))
    return 0


def transfer(params: Params, dates: Sequence[str], folder: Path) -> pd.DataFrame:
    """A row for each pair of trained_on and tested_on: scores, and `f1_change` from the pretrained weights on the same ground."""
    quiet_tensorflow()
    names = [PRETRAINED, *dates]
    networks = iter_networks([folder / f"models/{name}.weights.h5" for name in names], params)
    rows = []
    for name, (card, network) in zip(names, networks, strict=True):
        for ground, prepared in _grounds(dates, folder):
            rows.append(
                {
                    "trained_on": name,
                    "tested_on": ground,
                    **_scores(prepared, ground, card, network, params),
                }
            )
        log.info("transfer: %s is scored on every ground", name)
    return with_change(pd.DataFrame(rows))


def _grounds(dates: Sequence[str], folder: Path) -> Iterator[tuple[str, Prepared]]:
    """One at a time; a date that is not mapped cannot be scored."""
    for name in (PRETRAIN, *dates):
        prepared = read_prepared(folder / "data/prepared" / name)
        if prepared.inventory is not None:
            yield name, prepared


def _scores(
    prepared: Prepared, ground: str, card: WeightsMetadata, network: Predictor, params: Params
) -> dict[str, Any]:
    mapped = predict_dataset(prepared, card, network, params)
    threshold = threshold_of(card, params, prepared, mapped.probability)
    scored = (prepared.labels != UNKNOWN) & (
        prepared.split_map == (VALIDATION if ground == PRETRAIN else TEST)
    )
    counts = count(prepared.labels == 1, mapped.probability >= threshold, scored)
    loss = loss_on(scored, prepared, mapped, params) if counts.observed else None
    return {
        "part": "validation" if ground == PRETRAIN else "test",
        **counts.scores(),
        "loss": loss,
        "threshold": threshold,
    }


def with_change(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `f1_change`: F1 less that of the pretrained weights on the same ground; below 0 something was lost."""
    before = table[table.trained_on == PRETRAINED].set_index("tested_on").f1
    return table.assign(
        f1_change=table.f1.astype(float) - table.tested_on.map(before).astype(float)
    )


def matrix_text(table: pd.DataFrame, params: Params) -> str:
    """F1, a row what was trained on, a column what is tested on; the own date in brackets, and the mean change elsewhere."""
    simulated = ", simulated demo study" if params.study.root == "demo/study" else ""
    matrix = matrix_with_change(table).set_index("trained_on")
    change = matrix.pop("change_elsewhere")
    shown = pd.DataFrame(
        {
            ground: [_cell(f1, name == ground) for name, f1 in column.items()]
            for ground, column in matrix.items()
        }
    )
    shown.index = matrix.index
    shown["change elsewhere"] = ["" if np.isnan(value) else f"{value:+.3f}" for value in change]
    heading = f"F1 of weights (rows) on grounds (columns; pretrain: its validation blocks, dates: test blocks){simulated}"
    return f"{heading}\n{shown.rename_axis(index=None).to_string()}"


def _cell(f1: float, own: bool) -> str:
    text = "–" if np.isnan(f1) else f"{f1:.3f}"
    return f"[{text}]" if own else f" {text} "
