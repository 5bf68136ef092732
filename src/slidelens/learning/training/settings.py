"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slidelens.params.schema import LearningParams, Params, ScheduleParams

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Settings:
    """How to train. lr: of Adam at the start; epochs: at most so many; freeze, encoder_lr_share: see `freezing`; blend, blend_px: see `blend_for`."""

    lr: float
    batch_size: int
    epochs: int
    seed: int
    learning: LearningParams
    schedule: ScheduleParams
    freeze: str = "none"
    encoder_lr_share: float = 1.0
    blend: float = 1.0
    blend_px: float = 0.0


def pretraining_settings(params: Params) -> Settings:
    """How the first network is trained, from random weights."""
    return Settings(
        params.lr, params.batch_size, params.epochs, params.seed, params.learning, params.pretrain
    )


def finetuning_settings(params: Params) -> Settings:
    """How a date's network is trained, from weights."""
    tuning = params.finetune
    return Settings(
        params.lr * tuning.lr_share,
        params.batch_size,
        tuning.epochs,
        params.seed,
        params.learning,
        tuning,
        tuning.freeze,
        tuning.encoder_lr_share,
        tuning.blend,
        tuning.blend_px,
    )
