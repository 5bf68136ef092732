"""Score every date's test blocks with every date's weights: what each network retains.

A row is what was trained on, a column what is tested on. The column `pretrain` is the validation
blocks of the first event: where a network scores less than the pretrained one there, fine-tuning
has forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import TEST, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.layout import Layout
from slidelens.learning.inference.loading import iter_networks
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.mapping.prediction import loss_on, predict_dataset, threshold_of
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.dates import PRETRAINED, require_dates
from slidelens.params.schema import Params

log = logging.getLogger(__name__)

_PRETRAIN = "pretrain"


def transfer(params: Params, dates: Sequence[str], folder: Path) -> pd.DataFrame:
    """Score the pretrained network and that of each date on the data of all.

    Args:
        params: Parameters of the study.
        dates: Some of its dates; none: all.
        folder: Folder of the prepared data and the weights.

    Returns:
        A row for each pair of trained_on and tested_on with its scores, and `f1_change` from the
        pretrained weights on the same data. A date without an inventory is not tested on.

    Raises:
        ParamsError: If a date is not one of the study's.
        WeightsError: If weights are missing.
    """
    require_dates(dates, params.dates)
    dates, layout = dates or params.dates, Layout(folder)
    quiet_tensorflow()
    names = [PRETRAINED, *dates]
    networks = iter_networks([layout.weights(name) for name in names], params)
    rows = []
    for name, (metadata, network) in zip(names, networks, strict=True):
        for tested_on, prepared in _mapped_data(dates, layout):
            scores = _scores(prepared, tested_on, metadata, network, params)
            rows.append({"trained_on": name, "tested_on": tested_on, **scores})
        log.info("transfer: %s is scored on every ground", name)
    return add_change(pd.DataFrame(rows))


def add_change(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `f1_change`: F1 less that of the pretrained weights on the same data.

    Below zero something was lost.
    """
    before = table[table.trained_on == PRETRAINED].set_index("tested_on").f1
    change = table.f1.astype(float) - table.tested_on.map(before).astype(float)
    return table.assign(f1_change=change)


def _mapped_data(dates: Sequence[str], layout: Layout) -> Iterator[tuple[str, Prepared]]:
    """Yield the prepared data that have an inventory, one at a time."""
    for name in (_PRETRAIN, *dates):
        prepared = read_prepared(layout.prepared_date(name))
        if prepared.inventory is not None:
            yield name, prepared


def _scores(
    prepared: Prepared,
    tested_on: str,
    metadata: WeightsMetadata,
    network: Predictor,
    params: Params,
) -> dict[str, Any]:
    prediction = predict_dataset(prepared, metadata, network)
    threshold = threshold_of(metadata, params, prepared, prediction.probability)
    part = VALIDATION if tested_on == _PRETRAIN else TEST
    scored = (prepared.labels != UNKNOWN) & (prepared.split_map == part)
    counts = count(prepared.labels == 1, prediction.probability >= threshold, scored)
    return {
        "part": "validation" if tested_on == _PRETRAIN else "test",
        **counts.scores(),
        "loss": loss_on(scored, prepared, prediction, params) if counts.observed else None,
        "threshold": threshold,
    }
