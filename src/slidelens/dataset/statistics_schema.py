"""Check the statistics of bands in files: of prepared data, and of weights files."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slidelens.dataset.standardisation import BandStatistics
from slidelens.params.types import Text

MOST_BANDS = 1000
# Within what 32-bit floats can divide by and multiply with.
Mean = Annotated[float, Field(ge=-1e30, le=1e30, description="the mean of a band")]
Deviation = Annotated[
    float, Field(ge=1e-30, le=1e30, description="the standard deviation of a band")
]


class StatisticsSchema(BaseModel):
    """Statistics of bands as JSON holds them."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)

    bands: list[Text] = Field(min_length=1, max_length=MOST_BANDS)
    mean: list[Mean]
    deviation: list[Deviation]
    pixels: int = Field(ge=1, le=10**15, description="pixels")

    @model_validator(mode="after")
    def _agree(self) -> StatisticsSchema:
        for name in ("mean", "deviation"):
            values = getattr(self, name)
            if len(values) != len(self.bands):
                raise ValueError(f"{name} has {len(values)} values for {len(self.bands)} bands")
        if len(set(self.bands)) != len(self.bands) or not all(self.bands):
            raise ValueError("the names of the bands are empty or not distinct")
        return self

    @property
    def value(self) -> BandStatistics:
        """The statistics that the rest of the package uses."""
        return BandStatistics(
            tuple(self.bands), tuple(self.mean), tuple(self.deviation), self.pixels
        )


class ShiftSchema(BaseModel):
    """A shift that was measured, as JSON holds it."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)

    down_px: float
    right_px: float
    down_interval_px: list[float] = Field(min_length=2, max_length=2)
    right_interval_px: list[float] = Field(min_length=2, max_length=2)
    samples: int = Field(ge=1, description="windows or landslides")
    corrected: bool


class RegistrationSchema(BaseModel):
    """The shifts of a date, as JSON holds them."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    reference: str | None = None
    scene: ShiftSchema | None = None
    inventory: ShiftSchema | None = None


class PreparedStatistics(StatisticsSchema):
    """statistics.json of prepared data."""

    tile_px: int | None = Field(default=None, ge=2, le=65_536, description="pixels")
    block_px: int | None = Field(default=None, ge=1, le=2**30, description="pixels")
    around_px: int | None = Field(default=None, ge=2, le=65_536, description="pixels")
    weight: float = Field(default=1.0, gt=0, le=1000, description="a weight")
    landslide_share: float | None = Field(default=None, gt=0, lt=1, description="a share")
    registration: RegistrationSchema | None = None
