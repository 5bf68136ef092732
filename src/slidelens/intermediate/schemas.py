"""What the stages write as JSON: the entries that later stages and the report read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(ge=-1e15, le=1e15, description="a number")]
Score = Annotated[float, Field(ge=0, le=1, description="a share")]
Loss = Annotated[float, Field(ge=0, le=1e6, description="a loss")]
Count = Annotated[int, Field(ge=0, le=10**12, description="a number of things")]
ByDate = dict[str, Score | None]

# Columns of metrics/history/<name>.csv.
HISTORY_COLUMNS = ("epoch", "loss", "val_loss", "val_f1", "val_precision", "val_recall", "lr")


class Entries(BaseModel):
    """Entries by name; others are let through, as another version may write more."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)


class MapScores(Entries):
    """Scores of a map on some ground."""

    f1: Score | None
    precision: Score | None
    recall: Score | None
    iou: Score | None
    loss: Loss | None
    threshold: Score
    why: str | None = None


class Estimate(Entries):
    """An estimated total, with its interval."""

    predicted: Finite
    manual: Finite | None
    estimate: Finite | None
    low: Finite | None
    high: Finite | None


class Totals(Entries):
    """Estimated totals of some ground."""

    count: Estimate
    area_m2: Estimate
    why: str | None


class Estimates(Entries):
    """Estimated totals of the test blocks and of the whole area."""

    model_config = ConfigDict(extra="forbid")

    test: Totals
    area: Totals


class Fragments(BaseModel):
    """Numbers of pieces before and after merging, and ratios."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, Finite | None]

    raw: Count


class DateScores(Entries):
    """scores.json of a date."""

    after: MapScores
    before: MapScores
    fragments: Fragments
    estimates: Estimates


class F1(Entries):
    """F1 by date in metrics/f1.json, and its mean."""

    f1: ByDate
    f1_before: ByDate


class MapScoresByDate(F1):
    """Scores of all maps by date, and their means, as in metrics/revised.json."""

    precision: ByDate
    recall: ByDate
    iou: ByDate


class F1Scores(MapScoresByDate):
    """metrics/f1.json: each score by date, and its mean."""

    loss: dict[str, Loss | None]
    precision_before: ByDate
    recall_before: ByDate
    loss_before: dict[str, Loss | None]


class DateDensity(BaseModel):
    """Numbers of a date in metrics/density.json."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, Finite | None]

    mapped_km2: Finite
    manual_count: Count | None
    predicted_count: Count
    manual_total_area_m2: Finite | None
    predicted_total_area_m2: Finite
    manual_peak_per_km2: Finite | None
    predicted_peak_per_km2: Finite | None


class Densities(Entries):
    """metrics/density.json."""

    density: dict[str, DateDensity]


class ValidationScores(Entries):
    """Scores of pretraining on the validation blocks."""

    loss: Loss | None
    f1: Score | None
    precision: Score | None
    recall: Score | None


class Pretraining(Entries):
    """The entry `pretrain` of metrics/pretrain.json."""

    epoch: Count
    threshold: Score
    validation: ValidationScores
    sources: dict[str, ValidationScores] = {}


class PretrainScores(Entries):
    """metrics/pretrain.json."""

    pretrain: Pretraining


class Ledger(Entries):
    """A date in metrics/lifecycle.json."""

    new: Count
    healed: Count
    carried_over_m2: Finite
    new_m2: Finite
    healed_m2: Finite
    area_m2: Finite


class Inventories(Entries):
    """The histories of one kind of inventory in metrics/lifecycle.json."""

    dates: dict[str, Ledger]


class LifecycleNumbers(Inventories):
    """metrics/lifecycle.json."""

    landslides: Count
    manual: Inventories | None = None
