"""Networks to compare engines on: two in `make test`, all of them in `make test-all`."""

from __future__ import annotations

from itertools import product

import pytest

from slidelens.learning.networks.registry import ARCHITECTURES

_BRIEF = {"unet": "batch", "resunet": "group"}

architectures = pytest.mark.parametrize(
    "architecture",
    [
        pytest.param(name, marks=[] if name in _BRIEF else pytest.mark.long)
        for name in ARCHITECTURES
    ],
)
normalised_architectures = pytest.mark.parametrize(
    ("architecture", "normalisation"),
    [
        pytest.param(*pair, marks=[] if pair in _BRIEF.items() else pytest.mark.long)
        for pair in product(ARCHITECTURES, ("batch", "group"))
    ],
)
