"""The parameters of params.yaml and their allowed values. The file itself says what each one means."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

PRETRAINED, SCRATCH, PREVIOUS = "pretrained", "scratch", "previous"
RESERVED_DATES = ("pretrain", PRETRAINED, SCRATCH, PREVIOUS, "mean", "terrain")


def _number(value: Any) -> Any:
    """DVC writes 1e-5 as `1e-05`, which YAML 1.1 reads as text: make it a number again."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _label(value: Any) -> Any:
    """YAML reads an unquoted 2013 as a number and 2018-05-01 as a date: dates are labels here."""
    return value if value is None or isinstance(value, bool) else str(value)


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Date = Annotated[str, BeforeValidator(_label)]
TileSide = Annotated[int, Field(ge=16, multiple_of=16)]


class Section(BaseModel):
    """A group of parameters: unknown names are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PretrainAreaParams(Section):
    """The geographically separate first event; paths below study.root."""

    scene: str
    inventory: str
    aoi: str | None = None
    tile_px: TileSide | None = None


class StudyParams(Section):
    """Where the images and polygons are, and the grid that everything is brought onto."""

    root: str
    pretrain: PretrainAreaParams
    aoi: str | None = None
    dem: str | None = None
    bands: tuple[str, ...] = Field(default=(), strict=False)
    band_names: tuple[str, ...] = Field(default=(), strict=False)
    crs: str | None = None
    derived: tuple[Literal["ndvi", "brightness", "ratios", "slope"], ...] = Field(
        default=(), strict=False
    )
    radiometry: Literal["none", "histogram", "ir_mad"] = "none"
    reference: Date | None = None
    standardise: Literal["auto", "own", "training"] = "auto"
    pixel_m: Positive | None = None
    tile_px: TileSide | None = None


class SplitParams(Section):
    """How the ground is parted into train, validation and test blocks."""

    block_m: Positive = 1000.0
    validation: Annotated[Number, Field(gt=0, lt=1)] = 0.15
    test: Annotated[Number, Field(gt=0, lt=1)] = 0.3
    margin_m: Annotated[Number, Field(ge=0)] = 20.0
    seed: Annotated[int, Field(ge=0)] = 1
    dates: tuple[Date, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _leaves_training_ground(self) -> SplitParams:
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation + test = {self.validation + self.test:g} leaves no training ground; keep it below 1"
            )
        return self


class ModelParams(Section):
    """The network."""

    architecture: Literal["unet", "attention_unet", "resunet", "unet_plus_plus"] = "unet"
    normalisation: Literal["batch", "group"] = "batch"
    momentum: Annotated[Number, Field(gt=0, lt=1)] = 0.9


class LearningParams(Section):
    """What pretraining and fine-tuning share: patches, loss, augmentation."""

    patch: Annotated[int, Field(ge=16, multiple_of=16)] = 128
    landslide_share: Share = 0.5
    margin_px: Annotated[int, Field(ge=0)] = 0
    loss: Literal["tversky", "focal_tversky", "dice_cross_entropy", "boundary"] = "tversky"
    fn_weight: Positive = 0.3
    fp_weight: Positive = 0.7
    epsilon: Positive = 1e-4
    focal_gamma: Positive = 0.75
    boundary_px: Count = 2
    rotation_deg: Annotated[Number, Field(ge=0, le=180)] = 180.0
    shear_deg: Annotated[Number, Field(ge=0, lt=45)] = 10.0
    scale: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    flips: bool = True
    gain: Annotated[Number, Field(ge=0, lt=1)] = 0.3
    offset: Annotated[Number, Field(ge=0)] = 0.3
    lr_schedule: Literal["plateau", "cosine"] = "plateau"
    averaging: Annotated[Number, Field(ge=0, lt=1)] = 0.97
    members: Count = 1
    mixed_precision: Literal["auto", "off"] = "auto"

    @model_validator(mode="after")
    def _sees_the_outlines_that_it_learns(self) -> LearningParams:
        if self.loss == "boundary" and self.margin_px:
            raise ValueError(
                f"learning.loss boundary learns the outlines that learning.margin_px {self.margin_px} hides; set that to 0"
            )
        return self


class ScheduleParams(Section):
    """How long to train, and when to slow down or stop."""

    patches_per_epoch: Count
    patience: Count
    lr_patience: Count
    lr_factor: Annotated[Number, Field(gt=0, lt=1)] = 0.5


class PretrainParams(ScheduleParams):
    """The first training, outside the investigation area."""


class FinetuneParams(ScheduleParams):
    """The training of each date. start: the weights it begins with, `pretrained`, `scratch` (random ones) or another date's."""

    model_config = ConfigDict(validate_by_name=False)

    start: dict[Date, Date] = Field(alias="from", strict=False)
    epochs: Annotated[int, Field(ge=0)]
    lr_share: Positive = 1.0
    encoder_lr_share: Positive = 1.0
    blend: Annotated[Number, Field(gt=0, le=1)] = 0.75
    blend_px: Annotated[Number, Field(ge=0)] = 1000.0
    freeze: Literal["none", "encoder", "all_but_head"] = "none"
    landslides: Count | None = None


class FragmentsParams(Section):
    """When pieces are one landslide; see `analysis.fragments.FragmentRules`."""

    max_gap_m: Annotated[Number, Field(ge=0)] = 25.0
    max_angle_deg: Annotated[Number, Field(ge=0, le=90)] = 45.0
    minimum_support: Annotated[Number, Field(ge=0)] = 0.15
    minimum_support_by_axis: Annotated[Number, Field(ge=0)] = 0.75
    max_hole_m2: Annotated[Number, Field(ge=0)] = 100.0
    neck_m: Annotated[Number, Field(ge=0)] = 0.0


class EvaluateParams(Section):
    """From probabilities to an inventory."""

    threshold: Annotated[Number, Field(gt=0, lt=1)] | Literal["validation", "expected"] = (
        "validation"
    )
    min_area_m2: Annotated[Number, Field(ge=0)] = 200.0
    fragments: FragmentsParams = FragmentsParams()
    smoothing_m: Annotated[Number, Field(ge=0)] = 0.0
    symmetries: Literal[1, 4, 8] = 4
    calibration: Literal["isotonic", "platt", "temperature", "none"] = "isotonic"
    window: Annotated[int, Field(ge=64, multiple_of=16)] = 2048


class DensityParams(Section):
    """Kernel density of the landslides' centroids."""

    convention: Literal["esri", "qgis"] = "esri"
    radius_m: Positive | None = None
    cell_m: Positive = 25.0


class LifecycleParams(Section):
    """What counts as the same landslide at two dates, and as a change of it."""

    tolerance_m: Annotated[Number, Field(ge=0)] = 5.0
    minimum_overlap: Annotated[Number, Field(gt=0, le=1)] = 0.25
    changed_share: Annotated[Number, Field(gt=0, le=1)] = 0.15
    minimum_observed: Annotated[Number, Field(gt=0, le=1)] = 0.5


class ReportParams(Section):
    """What the report says that no other stage needs. phases: date → what it is to the event, for Table 1."""

    phases: dict[Date, str] = Field(default={}, strict=False)


class Params(Section):
    """All of params.yaml."""

    lr: Positive
    filters: Annotated[int, Field(ge=1, le=256)]
    batch_size: Count
    epochs: Count
    seed: Annotated[int, Field(ge=0)]
    dates: tuple[Date, ...] = Field(min_length=1, strict=False)
    study: StudyParams
    split: SplitParams
    model: ModelParams
    learning: LearningParams
    pretrain: PretrainParams
    finetune: FinetuneParams
    evaluate: EvaluateParams
    density: DensityParams
    lifecycle: LifecycleParams
    report: ReportParams = ReportParams()

    @model_validator(mode="after")
    def _dates_are_usable(self) -> Params:
        check_dates(self.dates)
        unknown = sorted(set(self.split.dates) - set(self.dates))
        if unknown:
            raise ValueError(f"split.dates has {unknown[0]}, which is not one of dates")
        if self.study.reference not in (None, *self.dates):
            raise ValueError(
                f"study.reference is {self.study.reference}, which is not one of dates"
            )
        self._starts_are_usable()
        return self

    def _starts_are_usable(self) -> None:
        starts = self.finetune.start
        if set(starts) != set(self.dates):
            odd = sorted(set(starts) ^ set(self.dates))[0]
            raise ValueError(
                f"finetune.from and dates differ in {odd}; set both with `slidelens dates {' '.join(self.dates)}`"
            )
        for date, source in starts.items():
            if source == date or source not in (PRETRAINED, SCRATCH, *self.dates):
                raise ValueError(
                    f"finetune.from.{date} is {source}; give {PRETRAINED}, {SCRATCH} or another of the dates"
                )
            if date in _sources(starts, source):
                raise ValueError(
                    f"finetune.from.{date} is {source}, which itself starts from {date}; let one of them be {PRETRAINED}"
                )


def _sources(starts: dict[str, str], first: str) -> list[str]:
    """The weights that these weights come from, up to the pretrained ones or round in a circle."""
    chain = [first]
    while (source := starts.get(chain[-1])) and source not in chain:
        chain.append(source)
    return chain


def check_dates(dates: tuple[str, ...]) -> None:
    """Raise ValueError unless the labels are distinct and can name files and stages."""
    for date in dates:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", date):
            raise ValueError(
                f"the date {date!r} cannot name a file; use letters, digits, '-', '_' and '.'"
            )
        if date in RESERVED_DATES:
            raise ValueError(f"a date cannot be called {date}; choose another label")
    twice = sorted({date for date in dates if dates.count(date) > 1})
    if twice:
        raise ValueError(f"dates names {twice[0]} twice; name each date once")
