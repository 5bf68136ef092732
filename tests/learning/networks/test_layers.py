"""Layers that the networks share."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.networks.layers import (
    BLOCKS,
    STRIDE,
    concatenate,
    encoder,
    normalisation,
    round_up_to_stride,
    upsample,
)
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams


@pytest.mark.parametrize(("radius", "rounded"), [(0, 0), (1, 16), (16, 16), (17, 32), (107, 112)])
def test_radii_are_rounded_up_to_the_stride_of_the_lowest_block(radius: int, rounded: int) -> None:
    assert STRIDE == 16
    assert round_up_to_stride(radius) == rounded


def test_each_encoder_block_halves_the_size_and_doubles_the_filters() -> None:
    quiet_tensorflow()
    import keras

    blocks = encoder(keras.Input((32, 48, 3)), 2, ModelParams(), "float32")
    assert len(blocks) == BLOCKS
    assert [tuple(block.shape[1:]) for block in blocks] == [
        (32, 48, 2),
        (16, 24, 4),
        (8, 12, 8),
        (4, 6, 16),
        (2, 3, 32),
    ]


def test_upsampling_doubles_the_size_and_looks_at_one_pixel_only() -> None:
    quiet_tensorflow()
    import keras

    image = keras.Input((4, 4, 1))
    network = keras.Model(image, upsample(image, 1, "up", "float32"))
    pixels = np.zeros((1, 4, 4, 1), np.float32)
    pixels[0, 1, 2] = 1
    output = network(pixels).numpy()[0, ..., 0]
    assert output.shape == (8, 8)
    rows, columns = np.nonzero(output)
    assert set(rows) <= {2, 3}
    assert set(columns) <= {4, 5}
    assert len(rows)


def test_features_are_concatenated_in_order() -> None:
    quiet_tensorflow()
    import tensorflow as tf

    values = [tf.fill((1, 2, 2, 1), 1.0), tf.fill((1, 2, 2, 2), 2.0)]
    assert concatenate(values, "skip", "float32").numpy()[0, 0, 0].tolist() == [1, 2, 2]


@pytest.mark.parametrize(("filters", "groups"), [(2, 2), (4, 4), (8, 8), (12, 4), (16, 8)])
def test_group_normalisation_takes_at_most_8_groups_that_divide_the_channels(
    filters: int, groups: int
) -> None:
    quiet_tensorflow()
    import keras

    values = keras.Input((8, 8, filters))
    output = normalisation(values, "norm", ModelParams(normalisation="group"), "float32")
    layer = keras.Model(values, output).get_layer("norm")
    assert (type(layer).__name__, layer.groups) == ("GroupNormalization", groups)
