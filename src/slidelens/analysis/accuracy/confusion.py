"""Counts of right and wrong, and the scores that follow from them: pool the counts first, divide last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """How often observed and predicted agree: pixels or landslides. Counts of disjoint ground add up.

    A score is None where it has no meaning: precision where nothing is predicted, recall, F1 and IoU where nothing is observed.
    With landslides on the ground and none predicted, F1 is 0; without any on the ground it is neither 0 nor 1.
    """

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
            self.true_negative + other.true_negative,
        )

    @property
    def observed(self) -> int:
        """Positives on the ground."""
        return self.true_positive + self.false_negative

    @property
    def predicted(self) -> int:
        """Positives on the map."""
        return self.true_positive + self.false_positive

    @property
    def total(self) -> int:
        """All that was compared."""
        return self.observed + self.false_positive + self.true_negative

    @property
    def precision(self) -> float | None:
        """Share of the predicted that is right; None where nothing is predicted."""
        return self.true_positive / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the observed that is found; None where nothing is observed."""
        return self.true_positive / self.observed if self.observed else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); None where nothing is observed."""
        return 2 * self.true_positive / (self.observed + self.predicted) if self.observed else None

    @property
    def iou(self) -> float | None:
        """Intersection over union, TP / (TP + FP + FN); None where nothing is observed."""
        return self.true_positive / (self.observed + self.false_positive) if self.observed else None

    def scores(self) -> dict[str, float | None]:
        """Precision, recall, f1 and iou by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "iou": self.iou}

    def why(self, where: str = "the test blocks") -> str | None:
        """Why a score is None, for tables; None where all four have a value."""
        if not self.total:
            return f"no known ground in {where}"
        if not self.observed:
            return f"no landslide in {where}"
        return None if self.predicted else f"no landslide predicted in {where}"


def count(
    observed: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    known: NDArray[np.bool_] | None = None,
) -> Counts:
    """Counts over the known pixels.

    observed, predicted, known: bool arrays of one shape; known None means everywhere
    Raises ValueError where the shapes differ.
    """
    shapes = {array.shape for array in (observed, predicted, known) if array is not None}
    if len(shapes) > 1:
        raise ValueError(f"observed, predicted and known have different shapes: {sorted(shapes)}")
    everywhere = observed.size if known is None else int(np.count_nonzero(known))
    on_ground = observed if known is None else observed & known
    on_map = predicted if known is None else predicted & known
    both, ground, mapped = (
        int(np.count_nonzero(array)) for array in (on_ground & on_map, on_ground, on_map)
    )
    return Counts(both, mapped - both, ground - both, everywhere - ground - mapped + both)
