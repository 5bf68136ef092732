"""Define the parameters of params.yaml, their defaults and the values allowed.

The meaning of each parameter is explained in params.yaml itself.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from slidelens.params import quantities as q
from slidelens.params.combinations import check_learning_rates
from slidelens.params.dates import check_dates, dates_in_order
from slidelens.params.sources import PretrainAreaParams, Pretraining, by_name
from slidelens.params.starts import check_starts
from slidelens.params.types import Date, Number, Section, Share, Symmetries, Text, TileSide

DEMO_ROOT = "demo/study"  # the simulated study of the repository


class StudyParams(Section):
    """The images and inventories, and the grid onto which they are brought."""

    root: Text
    pretrain: Pretraining
    aoi: Text | None = None
    dem: Text | None = None
    bands: tuple[Text, ...] = Field(default=(), strict=False)
    band_names: tuple[Text, ...] = Field(default=(), strict=False)
    nodata: Number | None = None
    crs: Text | None = None
    derived: tuple[Literal["ndvi", "brightness", "ratios", "slope", "change"], ...] = Field(
        default=(), strict=False
    )
    radiometry: Literal["none", "histogram", "ir_mad"] = "none"
    reference: Date | None = None
    registration: Literal["none", "translation"] = Field(default="none", alias="register")
    order: tuple[Date, ...] = Field(default=(), strict=False)
    standardise: Literal["auto", "own", "training"] = "auto"
    pixel_m: q.PixelSide | None = None
    tile_px: TileSide | None = None

    @property
    def is_demo(self) -> bool:
        """Whether this is the repository's simulated study."""
        return self.root == DEMO_ROOT

    @property
    def sources(self) -> dict[str | None, PretrainAreaParams]:
        """The sources of pretraining by name; that of a study with one event has none."""
        return by_name(self.pretrain)


class SplitParams(Section):
    """The split of the area into train, validation and test blocks."""

    block_m: q.BlockSide | None = 1000.0
    validation: q.OpenShare = 0.15
    test: q.OpenShare = 0.3
    margin_m: q.Distance = 20.0
    seed: q.Seed = 1
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
    momentum: q.Momentum = 0.9


class LearningParams(Section):
    """Settings shared by pretraining and fine-tuning: patches, loss, augmentation."""

    patch: q.Patch = 128
    landslide_share: Share = 0.5
    margin_px: q.MarginPixels = 0
    loss: Literal["tversky", "focal_tversky", "dice_cross_entropy", "boundary"] = "tversky"
    fn_weight: q.LossWeight = 0.3
    fp_weight: q.LossWeight = 0.7
    epsilon: q.Epsilon = 1e-4
    focal_gamma: q.Exponent = 0.75
    boundary_px: q.BoundaryPixels = 2
    rotation_deg: q.Rotation = 180.0
    shear_deg: q.Shear = 10.0
    scale: q.Gain = 0.1
    flips: bool = True
    gain: q.Gain = 0.3
    offset: q.Offset = 0.3
    lr_schedule: Literal["plateau", "cosine"] = "plateau"
    averaging: q.Averaging = 0.97
    members: q.Members = 1
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

    patches_per_epoch: q.Patches
    patience: q.Patience
    lr_patience: q.Patience
    lr_factor: q.LearningRateFactor = 0.5


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
    epochs: q.EpochsOrNone
    lr_share: q.LearningRateShare = 1.0
    encoder_lr_share: q.LearningRateShare = 1.0
    blend: q.PositiveShare = 0.75
    blend_px: q.BlendPixels = 1000.0
    freeze: Literal["none", "encoder", "all_but_head"] = "none"
    landslides: q.Landslides | None = None


class FragmentsParams(Section):
    """When fragments are one landslide; see `analysis.outlines.fragment_rules.FragmentRules`."""

    max_gap_m: q.Distance = 25.0
    max_angle_deg: q.Angle = 45.0
    minimum_support: q.OddsShare = 0.15
    minimum_support_by_axis: q.OddsShare = 0.75
    max_hole_m2: q.Area = 100.0
    neck_m: q.Distance = 0.0


class EvaluateParams(Section):
    """The way from probabilities to an inventory."""

    threshold: q.Probability | Literal["validation", "expected"] = "validation"
    min_area_m2: q.Area = 200.0
    fragments: FragmentsParams = FragmentsParams()
    smoothing_m: q.Distance = 0.0
    symmetries: Symmetries = 4
    calibration: Literal["isotonic", "platt", "temperature", "none"] = "isotonic"

    @model_validator(mode="before")
    @classmethod
    def _drop_window(cls, values: Any) -> Any:
        """Accept `window` of earlier versions, on which memory depended and nothing else."""
        known = isinstance(values, dict)
        return {k: v for k, v in values.items() if k != "window"} if known else values


class DensityParams(Section):
    """Kernel density of the landslides' centroids."""

    convention: Literal["esri", "qgis"] = "esri"
    radius_m: q.Radius | None = None
    cell_m: q.CellSide = 25.0


class LifecycleParams(Section):
    """What counts as the same landslide at two dates, and as a change of it.

    Attributes:
        revise: Whether histories are traced in the inventories of the revised maps.
    """

    revise: bool = True
    tolerance_m: q.Tolerance = 5.0
    minimum_overlap: q.PositiveShare = 0.25
    changed_share: q.PositiveShare = 0.15
    minimum_observed: q.PositiveShare = 0.5


class ReportParams(Section):
    """Settings of the report alone.

    Attributes:
        phases: Phase of each date relative to the event, for Table 1.
    """

    phases: dict[Date, Text] = Field(default={}, strict=False)


class Params(Section):
    """All parameters of params.yaml.

    Attributes:
        dates: Labels of the dates, in time order however they are listed.
    """

    lr: q.LearningRate
    filters: q.Filters
    batch_size: q.BatchSize
    epochs: q.Epochs
    seed: q.Seed
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
    _listed: tuple[str, ...] = PrivateAttr(())

    @property
    def listed_dates(self) -> tuple[str, ...]:
        """The dates as params.yaml lists them."""
        return self._listed

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
        check_learning_rates(self.lr, self.finetune.lr_share, self.finetune.encoder_lr_share)
        self._listed = self.dates
        self.__dict__["dates"] = dates_in_order(self.dates, self.study.order)
        return self
