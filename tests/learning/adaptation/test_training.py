"""A short training on marks, from the same start each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from slidelens.learning.adaptation.marked import mark_ground
from slidelens.learning.adaptation.training import adaptation_settings, train_on_marks
from support.learning.trainings import two_layer_network
from support.studies import area_grid, box, image, landslides


def test_weights_do_not_depend_on_what_ran_before() -> None:
    """The network is compiled once; its optimiser starts anew each time."""
    grid, shapes = area_grid(), landslides(area_grid(), 10, 1)
    pixels = image(grid, shapes, 1).astype(np.float32)
    pixels = (pixels - pixels.mean((0, 1))) / pixels.std((0, 1))
    ground = mark_ground(pixels, grid, shapes, [box(grid, 0, 0, 5, 5)])
    settings = adaptation_settings(3, 1)
    settings = replace(
        settings,
        learning=settings.learning.model_copy(update={"patch": 32}),
        schedule=settings.schedule.model_copy(update={"patches_per_epoch": 8}),
    )
    network = two_layer_network()
    start, tiles = network.get_weights(), ground.tiles()[0]
    first, again = (
        train_on_marks(network, start, ground, tiles, settings, "test") for _ in range(2)
    )
    assert not np.array_equal(start[0], first[0])
    for array, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(array, same)
