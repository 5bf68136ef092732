"""The share of landslide in a scene, from outputs alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from slidelens.learning.adaptation.counts import count_marks
from slidelens.learning.adaptation.share import landslide_share


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_the_share_of_a_mixture_is_found(share: float) -> None:
    """Outputs of landslides, of the ground around them, and of other ground overlap."""
    rng = np.random.default_rng(1)
    means = {"landslide": 1.0, "rim": -1.5, "box": -4.0}
    labels = np.repeat([1, 0, 0], [2000, 2000, 9000]).astype(np.uint8)
    numbers = np.repeat([1, 1, 2], [2000, 2000, 9000]).astype(np.int32)
    logits = rng.normal(np.repeat(list(means.values()), [2000, 2000, 9000]), 1.5)
    counts = count_marks(expit(logits).astype(np.float32), labels, numbers, 2)
    near = 3 * share
    number = (np.array([share, near, 1 - share - near]) * 100_000).astype(int)
    scene = rng.normal(np.repeat(list(means.values()), number), 1.5)
    found = landslide_share(counts, expit(scene).astype(np.float32))
    assert found == pytest.approx(share, rel=0.2)
