"""The repository's parameters for the studies of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from benchmarks.quality.grounds import ROOT
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params


def study_params(
    study: Mapping[str, Any],
    dates: Sequence[str],
    changes: Sequence[str],
    epochs: int | None,
    seed: int,
) -> Params:
    """Return params.yaml for a study, with changes.

    Args:
        study: Values of the section `study`.
        dates: Dates of the study.
        changes: Other parameters as typed, for example `learning.gain=0.1`.
        epochs: Epochs of training, and the most for fine-tuning; None for those of params.yaml.
        seed: Seed of the training.
    """
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values |= {"dates": list(dates), "seed": seed}
    values["study"] |= study
    values["finetune"]["from"] = dict.fromkeys(dates, "pretrained")
    for change in changes:
        name, _, value = change.partition("=")
        _set(values, name.split("."), yaml.safe_load(value))
    if epochs is not None:
        values["epochs"] = epochs
        values["finetune"]["epochs"] = min(values["finetune"]["epochs"], epochs)
    return parse_params(values, "params.yaml, as changed,")


def _set(values: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        values = values[part]
    values[path[-1]] = value
