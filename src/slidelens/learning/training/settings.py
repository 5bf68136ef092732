"""Settings of one training, taken from params.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.params.schema import LearningParams, Params, ScheduleParams


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to train a network.

    Attributes:
        lr: Initial learning rate of Adam.
        batch_size: Patches in a batch.
        epochs: Upper limit of the number of epochs.
        seed: Seed of the initial weights and of the patches.
        learning: Loss, patches and augmentation.
        schedule: Patches in an epoch, early stopping and learning rate decay.
        freeze: Layers that are not trained, see `optimizer.freeze`.
        encoder_lr_share: Learning rate of the encoder as a share of `lr`.
        blend: Share of the fine-tuned weights in the result, see `averaging.blend_share`.
        blend_px: Landslide pixels at which half of the fine-tuned weights is used.
    """

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
    """Return the settings of pretraining, from random weights."""
    return Settings(
        lr=params.lr,
        batch_size=params.batch_size,
        epochs=params.epochs,
        seed=params.seed,
        learning=params.learning,
        schedule=params.pretrain,
    )


def finetuning_settings(params: Params) -> Settings:
    """Return the settings of fine-tuning a date's network."""
    finetune = params.finetune
    return Settings(
        lr=params.lr * finetune.lr_share,
        batch_size=params.batch_size,
        epochs=finetune.epochs,
        seed=params.seed,
        learning=params.learning,
        schedule=finetune,
        freeze=finetune.freeze,
        encoder_lr_share=finetune.encoder_lr_share,
        blend=finetune.blend,
        blend_px=finetune.blend_px,
    )
