"""The optimiser, and how much of a pretrained network fine-tuning may change.

The lower layers of a network are general, the upper ones specific to an image: Yosinski et al.
(2014), arXiv 1411.1792.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

ENCODER = ("down", "pool")
HEAD = "probability"


def freeze(network: keras.Model, which: str) -> None:
    """Set which layers are trained.

    Keras runs a frozen batch normalisation with its moving averages and does not update them.

    Args:
        network: Network, changed in place.
        which: Layers that are not trained: `none`, `encoder` or `all_but_head`.
    """
    for layer in network.layers:
        frozen = {
            "none": False,
            "encoder": layer.name.startswith(ENCODER),
            "all_but_head": layer.name != HEAD,
        }[which]
        layer.trainable = not frozen


def adam(network: keras.Model, lr: float, encoder_lr_share: float) -> keras.optimizers.Optimizer:
    """Return Adam, with a smaller learning rate in the encoder.

    Scaling the gradients instead would have no effect: Adam divides them by their own size.

    Args:
        network: Network whose variables are trained.
        lr: Learning rate outside the encoder.
        encoder_lr_share: Learning rate of the encoder as a share of `lr`.
    """
    from slidelens.learning.training.fused_adam import FusedAdam

    encoder = {
        variable.path: encoder_lr_share
        for layer in network.layers
        if layer.name.startswith(ENCODER)
        for variable in layer.trainable_variables
    }
    return FusedAdam(lr, encoder)
