"""The model card: what the networks are, their data, intended use, limits and scores.

Source:
    Mitchell et al. (2019), Model cards for model reporting, doi 10.1145/3287560.3287596.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.params.dates import PRETRAINED
from slidelens.params.schema import LearningParams, Params, SplitParams

Metrics = Mapping[str, Any]
_SIMULATED = (
    "The study is SIMULATED: scores show that the pipeline works, not how well it would map a real "
    "valley."
)


def model_card(
    params: Params, metadata: WeightsMetadata, f1: Metrics, pretrain: Metrics, simulated: bool
) -> dict[str, list[str]]:
    """Return the sentences of the model card by heading.

    Args:
        params: parameters of the study.
        metadata: metadata of the pretrained weights.
        f1: scores by date, as in metrics/f1.json.
        pretrain: the entry `pretrain` of metrics/pretrain.json.
        simulated: whether the study is simulated.
    """
    return {
        "Model": _model(params, metadata),
        "Data": _data(params, pretrain, simulated),
        "Intended use": [
            "First inventories for every date of an image series, to be checked by a "
            "geomorphologist; changes of the mapped area between dates; areas of high landslide "
            "density.",
            "Not for single landslides without a check, for warnings, or for decisions about the "
            "safety of a place.",
        ],
        "Limits": _limits(params.evaluate.min_area_m2),
        "Scores": _scores(params.dates, f1),
    }


def _model(params: Params, metadata: WeightsMetadata) -> list[str]:
    bands = ", ".join(metadata.statistics.bands)
    return [
        f"{metadata.model.architecture} with {metadata.filters} filters in its first block, "
        f"{metadata.model.normalisation} normalisation, {_loss(params.learning)}.",
        f"Input: {bands}, pixels of {metadata.described_pixels}. Output: the probability that a "
        "pixel is landslide.",
        f"{_networks(metadata.members)} for each date, fine-tuned {_starts(params)}; a date "
        "without training landslides keeps the network it starts from.",
    ]


def _data(params: Params, pretrain: Metrics, simulated: bool) -> list[str]:
    split = params.split
    events = ", ".join(
        f"{source.inventory} on {source.scene}" for source in params.study.sources.values()
    )
    return [
        f"Pretraining: {events}, outside the investigation area; best "
        f"of at most {params.epochs} epochs on its validation blocks{_f1(pretrain)}.",
        f"Fine-tuning and scores: the manual inventories of the dates, on {_blocks(split)}: about "
        f"{100 * split.test:.0f} % of the landslides are in test blocks and "
        f"{100 * split.validation:.0f} % in validation blocks; the blocks are the same at every "
        "date.",
        *([_SIMULATED] if simulated else []),
    ]


def _blocks(split: SplitParams) -> str:
    return "square blocks" + ("" if split.block_m is None else f" of {split.block_m:g} m")


def _limits(min_area_m2: float) -> list[str]:
    return [
        "Trained for this place, sensor and season. Elsewhere, or with other bands or pixel "
        "sizes, score it again before using its maps.",
        "Similar bare ground (river beds, roads, fields, fresh snow) may be mapped as landslide; "
        "landslides in shadow or under cloud are missed.",
        f"Landslides smaller than {min_area_m2:g} m² are left out. One landslide may be mapped in "
        "several fragments, which inflates counts.",
        "Manual inventories contain errors too; scores measure agreement with them, not truth.",
    ]


def _loss(learning: LearningParams) -> str:
    name = learning.loss.replace("_", " ").replace("tversky", "Tversky")
    weights = (
        f" with weight {learning.fn_weight:g} for false negatives and {learning.fp_weight:g} for "
        "false positives"
    )
    return f"{name} loss" + ("" if learning.loss == "dice_cross_entropy" else weights)


def _networks(members: int) -> str:
    return (
        "One network" if members == 1 else f"The mean of {members} independently trained networks"
    )


def _starts(params: Params) -> str:
    others = [
        f"{date} from that of {start}"
        for date, start in params.finetune.start.items()
        if start != PRETRAINED
    ]
    return "from the pretrained one" + (f" ({', '.join(others)})" if others else "")


def _f1(pretrain: Metrics) -> str:
    value = pretrain["validation"].get("f1")
    return f" (epoch {pretrain['epoch']}, F1 {value:.2f})" if value is not None else ""


def _scores(dates: Sequence[str], f1: Metrics) -> list[str]:
    scored = [f"{date}: {f1['f1'][date]:.2f}" for date in dates if f1["f1"][date] is not None]
    return [
        f"F1 on the test blocks by date: {', '.join(scored)}."
        if scored
        else "No date could be scored.",
        "Table 3 has the other scores.",
    ]
