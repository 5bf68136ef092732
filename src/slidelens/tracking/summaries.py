"""What a run's summary says of a pretraining."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SCORES = ("loss", "precision", "recall", "f1")


def pretraining_summary(
    scores: Mapping[str, Any], date_scores: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the scores of the pretrained network on validation and test blocks: a row of Table 2.

    Args:
        scores: Section `pretrain` of metrics/pretrain.json.
        date_scores: metrics/f1.json, whose scores before fine-tuning are those of the pretrained
            network on the dates' test blocks; None if these are not known.
    """
    if not date_scores:
        return {**scores, "test": {}}
    return {**scores, "test": {name: date_scores[f"{name}_before"]["mean"] for name in _SCORES}}
