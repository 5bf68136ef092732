"""What networks need of the memory is checked before they are built or used."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slidelens.errors import ResourceError
from slidelens.learning.networks.memory import (
    filters_of,
    require_network_memory,
    require_tile_memory,
    require_training_memory,
)
from support.learning.trainings import two_layer_network


def test_what_fits() -> None:
    require_network_memory(16, 5, 1)
    require_training_memory(16, 5, 128, 8)
    require_tile_memory(1024, 16)
    require_tile_memory(10**6, 16, size_bytes=10**6)


@pytest.mark.parametrize(
    ("require", "line"),
    [
        (
            lambda: require_network_memory(256, 1000, 100_000),
            "100000 networks with 256 filters .*; make filters or learning.members smaller$",
        ),
        (
            lambda: require_training_memory(256, 5, 4096, 1000),
            "training on 1000 patches of 4096 × 4096 pixels at once with 256 filters needs .*"
            "; make batch_size, learning.patch or filters smaller$",
        ),
        (
            lambda: require_tile_memory(10**6, 16),
            "mapping a tile of 1000000 × 1000000 pixels with 16 filters needs .*"
            "; take a network with fewer filters$",
        ),
        (
            lambda: require_tile_memory(64, 16, size_bytes=10**16),
            "mapping a tile of 64 × 64 pixels with 16 filters needs 10 PB",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_the_remedy(require: Callable[[], None], line: str) -> None:
    with pytest.raises(ResourceError, match=f"^{line}"):
        require()


def test_the_filters_of_a_network() -> None:
    assert filters_of(two_layer_network(filters=3)) == 3
