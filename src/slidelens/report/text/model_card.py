"""The model card: what the networks are, what they were trained on, what they are for, and where they fail (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.params.schema import PRETRAINED, LearningParams, Params

Metrics = Mapping[str, Any]


def model_card(
    params: Params, card: WeightsMetadata, f1: Metrics, pretrain: Metrics, simulated: bool
) -> dict[str, list[str]]:
    """Sentences by heading. card: of the pretrained weights; f1, pretrain: as in metrics/."""
    return {
        "Model": [
            f"{card.model.architecture} with {card.filters} filters in its first block, {card.model.normalisation} normalisation, {_loss(params.learning)}.",
            f"Input: {', '.join(card.statistics.bands)}, pixels of {card.pixel_m:g} m. Output: the probability that a pixel is landslide.",
            f"{_networks(card.members)} for each date, fine-tuned {_starts(params)}; a date without landslides to learn from keeps the network it starts from.",
        ],
        "Data": [
            f"Pretraining: {params.study.pretrain.inventory} on {params.study.pretrain.scene}, outside the investigation area; best of at most "
            f"{params.epochs} epochs on its validation blocks{_f1(pretrain)}.",
            f"Fine-tuning and scores: the manual inventories of the dates, on square blocks of {params.split.block_m:g} m: about "
            f"{100 * params.split.test:.0f} % of the landslides are test, {100 * params.split.validation:.0f} % validation, the same ground at every date.",
            *(
                [
                    "The study is SIMULATED: scores say that the pipeline works, not how well a real valley would be mapped."
                ]
                if simulated
                else []
            ),
        ],
        "Intended use": [
            "First inventories for every date of an image series, to be checked by a geomorphologist; changes of the mapped area from date to date; "
            "where landslides are dense.",
            "Not for single landslides without a check, for warnings, or for decisions on the safety of a place.",
        ],
        "Limits": [
            "Trained for this place, sensor and season. Elsewhere, or with other bands or pixel sizes, score it again before its maps are used.",
            "Bare ground that looks alike (river beds, roads, fields, fresh snow) is mapped as landslide; what lies in shadow or under cloud is missed.",
            f"Landslides under {params.evaluate.min_area_m2:g} m² are left out. One landslide may be mapped in pieces, which inflates counts.",
            "Manual inventories have errors of their own; a score is agreement with them, not truth.",
        ],
        "Scores": _scores(params.dates, f1),
    }


def _loss(learning: LearningParams) -> str:
    name = learning.loss.replace("_", " ").replace("tversky", "Tversky")
    weights = (
        f" that weighs missed pixels {learning.fn_weight:g} and false ones {learning.fp_weight:g}"
    )
    return f"a {name} loss" + ("" if learning.loss == "dice_cross_entropy" else weights)


def _networks(members: int) -> str:
    return "One network" if members == 1 else f"The mean of {members} networks trained apart"


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
    told = [f"{date}: {f1['f1'][date]:.2f}" for date in dates if f1["f1"][date] is not None]
    return [
        f"F1 on the test blocks by date: {', '.join(told)}."
        if told
        else "No date could be scored.",
        "Table 3 has the other scores.",
    ]
