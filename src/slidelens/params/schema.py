"""Define the parameters of params.yaml, their defaults and the values allowed.

The meaning of each parameter is explained in params.yaml itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from slidelens.params.dates import check_dates
from slidelens.params.starts import check_starts
from slidelens.params.types import Count, Date, Number, Positive, Section, Share, TileSide

DEMO_ROOT = "demo/study"  # the simulated study of the repository


class PretrainAreaParams(Section):
    """The geographically separate area of pretraining; paths below study.root."""

    scene: str
    inventory: str
    aoi: str | None = None
    tile_px: TileSide | None = None


class StudyParams(Section):
    """The images and inventories, and the grid onto which they are brought."""

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

    @property
    def is_demo(self) -> bool:
        """Whether this is the repository's simulated study."""
        return self.root == DEMO_ROOT


class SplitParams(Section):
    """The split of the area into train, validation and test blocks."""

    block_m: Positive = 1000.0
    validation: Annotated[Number, Field(gt=0, lt=1)] = 0.15
    test: Annotated[Number, Field(gt=0, lt=1)] = 0.3
    margin_m: Annotated[Number, Field(ge=0)] = 20.0
    seed: Annotated[int, Field(ge=0)] = 1
    dates: tuple[Date, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _leave_training_blocks(self) -> SplitParams:
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation + test = {self.validation + self.test:g} leaves no training blocks;"
                " keep it below 1"
            )
        return self


class ModelParams(Section):
    """The network's architecture."""

    architecture: Literal["unet", "attention_unet", "resunet", "unet_plus_plus"] = "unet"
    normalisation: Literal["batch", "group"] = "batch"
    momentum: Annotated[Number, Field(gt=0, lt=1)] = 0.9


class LearningParams(Section):
    """Settings shared by pretraining and fine-tuning: patches, loss, augmentation."""

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
    def _boundary_loss_sees_boundaries(self) -> LearningParams:
        if self.loss == "boundary" and self.margin_px:
            raise ValueError(
                "learning.loss boundary learns the outlines that learning.margin_px"
                f" {self.margin_px} hides; set that to 0"
            )
        return self


class ScheduleParams(Section):
    """The length of a training, and when to reduce the learning rate or stop."""

    patches_per_epoch: Count
    patience: Count
    lr_patience: Count
    lr_factor: Annotated[Number, Field(gt=0, lt=1)] = 0.5


class PretrainParams(ScheduleParams):
    """Pretraining, outside the investigation area."""


class FinetuneParams(ScheduleParams):
    """Fine-tuning of each date.

    Attributes:
        start: Weights that each date starts from (`finetune.from`): `pretrained`, `scratch`
            (random weights) or those of another date.
    """

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
    """When fragments are one landslide; see `analysis.outlines.fragment_rules.FragmentRules`."""

    max_gap_m: Annotated[Number, Field(ge=0)] = 25.0
    max_angle_deg: Annotated[Number, Field(ge=0, le=90)] = 45.0
    minimum_support: Annotated[Number, Field(ge=0)] = 0.15
    minimum_support_by_axis: Annotated[Number, Field(ge=0)] = 0.75
    max_hole_m2: Annotated[Number, Field(ge=0)] = 100.0
    neck_m: Annotated[Number, Field(ge=0)] = 0.0


class EvaluateParams(Section):
    """The way from probabilities to an inventory."""

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
    """Settings of the report alone.

    Attributes:
        phases: Phase of each date relative to the event, for Table 1.
    """

    phases: dict[Date, str] = Field(default={}, strict=False)


class Params(Section):
    """All parameters of params.yaml."""

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
        check_starts(self.finetune.start, self.dates)
        return self
