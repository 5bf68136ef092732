"""What fine-tuning leaves as pretraining made it: whole layers, or their pace.

Lower layers hold what landslides have in common, upper ones what a date's image makes of it: Yosinski et al. (2014), arXiv 1411.1792.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

ENCODER = ("down", "pool")
HEAD = "probability"


def freeze(network: keras.Model, which: str) -> None:
    """Leave layers as they are: `none`, `encoder` (the contracting path) or `all_but_head`.

    Keras runs a frozen batch normalisation with its moving averages, and leaves these as they are too.
    """
    for layer in network.layers:
        frozen = {
            "none": False,
            "encoder": layer.name.startswith(ENCODER),
            "all_but_head": layer.name != HEAD,
        }[which]
        layer.trainable = not frozen


def adam(network: keras.Model, lr: float, encoder_lr_share: float) -> keras.optimizers.Optimizer:
    """Adam, whose learning rate in the contracting path is a share of that elsewhere.

    Smaller gradients would not do: Adam divides them by their own size.
    """
    import keras

    if encoder_lr_share == 1:
        return keras.optimizers.Adam(lr)
    slow = {
        variable.path
        for layer in network.layers
        if layer.name.startswith(ENCODER)
        for variable in layer.trainable_variables
    }
    shares = [
        encoder_lr_share if variable.path in slow else 1.0
        for variable in network.trainable_variables
    ]

    class PacedAdam(keras.optimizers.Adam):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            super().update_step(
                gradient, variable, learning_rate * shares[self._get_variable_index(variable)]
            )

    return PacedAdam(lr)
