"""Check the metadata of a weights file, which may come from anywhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slidelens.dataset.statistics_schema import StatisticsSchema
from slidelens.params.schema import ModelParams
from slidelens.params.types import Text

_MOST_KNOTS = 10_000
PixelSide = Annotated[float, Field(ge=0.001, le=10_000, description="side of a pixel, m")]
Share = Annotated[float, Field(ge=0, le=1)]
Logit = Annotated[float, Field(ge=-1e6, le=1e6, description="a logit")]


class CalibrationSchema(BaseModel):
    """Knots of a calibration, logits."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    outputs: list[Logit] = Field(max_length=_MOST_KNOTS)
    probabilities: list[Logit] = Field(max_length=_MOST_KNOTS)

    @model_validator(mode="after")
    def _increase(self) -> CalibrationSchema:
        if len(self.outputs) != len(self.probabilities) or len(self.outputs) == 1:
            raise ValueError("outputs and probabilities differ in number, or are one knot alone")
        pairs = list(zip(self.outputs, self.outputs[1:], strict=False))
        if any(after <= before for before, after in pairs):
            raise ValueError("outputs do not increase")
        pairs = list(zip(self.probabilities, self.probabilities[1:], strict=False))
        if any(after < before for before, after in pairs):
            raise ValueError("probabilities decrease")
        return self

    @property
    def knots(self) -> dict[str, tuple[float, ...]]:
        """The knots by their names in `Calibration`."""
        return {"outputs": tuple(self.outputs), "probabilities": tuple(self.probabilities)}


class WeightsStatisticsSchema(StatisticsSchema):
    """Statistics of bands, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class OriginSchema(BaseModel):
    """What weights were adapted from."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    weights: str = Field(pattern="^[0-9a-f]{64}$", description="a SHA-256")
    chosen: Literal["start", "threshold", "network", "spectral"]
    landslides: int = Field(ge=0, le=10**9)
    bare: int = Field(ge=0, le=10**9)
    f1: Share | None = None
    f1_low: Share | None = None
    f1_high: Share | None = None

    @model_validator(mode="after")
    def _whole(self) -> OriginSchema:
        if len({score is None for score in (self.f1, self.f1_low, self.f1_high)}) > 1:
            raise ValueError("of f1, f1_low and f1_high some are missing")
        return self


class MetadataSchema(BaseModel):
    """Metadata of a weights file as JSON holds them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    model: ModelParams
    filters: int = Field(ge=1, le=256, description="filters of the first block")
    statistics: WeightsStatisticsSchema
    pixel_m: PixelSide
    threshold: float = Field(gt=0, lt=1, description="a probability")
    trained_on: list[Text] = Field(max_length=10_000)
    calibration: CalibrationSchema
    symmetries: Literal[1, 4, 8] = 1
    members: int = Field(default=1, ge=1, le=100, description="networks")
    around_px: int | None = Field(default=None, ge=2, le=65_536, description="pixels")
    sources: dict[Text, PixelSide] = Field(default={}, max_length=10_000)
    adapted: OriginSchema | None = None
    spectral_units: int = Field(default=0, ge=0, le=256, description="hidden units")
