"""Checks of parameters that depend on each other."""

from __future__ import annotations

_LARGEST_LEARNING_RATE = 10.0


def check_learning_rates(lr: float, share: float, encoder_share: float) -> None:
    """Raise ValueError if a share makes the learning rate of a fine-tuning too large to learn.

    Args:
        lr: Learning rate of pretraining.
        share: Learning rate of fine-tuning as a share of it (`finetune.lr_share`).
        encoder_share: That of the encoder as a share of the rest's
            (`finetune.encoder_lr_share`).
    """
    largest = lr * share * max(1.0, encoder_share)
    if largest > _LARGEST_LEARNING_RATE:
        raise ValueError(
            f"finetune.lr_share {share:g} and finetune.encoder_lr_share {encoder_share:g} make"
            f" the learning rate {largest:g} with lr {lr:g};"
            f" keep their product at most {_LARGEST_LEARNING_RATE:g}"
        )
