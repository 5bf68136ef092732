"""The boundary loss: outlines that agree within some pixels, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.training.losses import training_loss
from slidelens.types import Float32
from support.learning.trainings import LEARNING


def boundary_loss(
    labels: Float32, probabilities: Float32, boundary_px: int = LEARNING.boundary_px
) -> float:
    quiet_tensorflow()
    learning = LEARNING.model_copy(
        update={"loss": "boundary", "epsilon": 1e-9, "boundary_px": boundary_px}
    )
    return float(training_loss(learning)(labels, probabilities).numpy().item())


def row(*numbers: float) -> Float32:
    return np.array(numbers, np.float32).reshape(1, 1, -1, 1)


OBSERVED = row(0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0)  # its outline: pixels 4 and 7


@pytest.mark.parametrize(
    ("predicted", "boundary_px", "tversky", "outlines"),
    [
        (OBSERVED, 1, 0, 0),
        # Moved by one pixel: TP 3, FN 1, FP 1. Its outline, 5 and 8, is within a pixel of 4 and 7.
        (row(0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0), 1, 1 - 3 / (3 + 0.3 + 0.7), 0),
        # Moved by two: TP 2, FN 2, FP 2. Its outline is 6, which is next to 7, and 9, which is next
        # to nothing: precision and recall 1/2.
        (row(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0), 1, 1 - 2 / (2 + 0.6 + 1.4), 1 - 1 / 2),
        (row(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0), 2, 1 - 2 / (2 + 0.6 + 1.4), 0),
        # In place with half the probability: TP 2, FN 2. Precision 1, recall 1/2: F1 2 · 0.5 / 1.5.
        (OBSERVED / 2, 1, 1 - 2 / (2 + 0.6), 1 - 2 / 3),
        # Everywhere: TP 4, FP 8. Without an outline precision has no false pixel, recall is 0.
        (row(*[1] * 12), 1, 1 - 4 / (4 + 5.6), 1),
    ],
)
def test_the_boundary_loss_adds_the_f1_of_the_outlines(
    predicted: Float32, boundary_px: int, tversky: float, outlines: float
) -> None:
    loss = boundary_loss(OBSERVED, predicted, boundary_px=boundary_px)
    assert loss == pytest.approx(tversky + outlines, abs=1e-5)


def test_next_to_unknown_pixels_there_is_no_outline() -> None:
    # The landslide ends at an unknown pixel on the left and at the patch's edge on the right; the
    # prediction is a half throughout.
    labels, probabilities = row(0, 0, UNKNOWN, 1, 1), row(0.5, 0.5, 0.5, 0.5, 0.5)
    tversky = 1 - 1 / (1 + 0.3 + 0.7)
    assert boundary_loss(labels, probabilities) == pytest.approx(tversky, abs=1e-5)
