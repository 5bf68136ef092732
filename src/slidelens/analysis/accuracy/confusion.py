"""Confusion counts and the scores derived from them.

Pool the counts first and divide last: scores of different regions do not average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.types import Mask


@dataclass(frozen=True)
class Counts:
    """Confusion counts of pixels or landslides; counts of disjoint regions add up.

    A score is None if it is undefined: precision if nothing is predicted; recall, F1 and IoU if
    nothing is observed. If landslides are observed and none is predicted, F1 is 0.
    """

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            true_positive=self.true_positive + other.true_positive,
            false_positive=self.false_positive + other.false_positive,
            false_negative=self.false_negative + other.false_negative,
            true_negative=self.true_negative + other.true_negative,
        )

    @property
    def observed(self) -> int:
        """Return the number of observed positives."""
        return self.true_positive + self.false_negative

    @property
    def predicted(self) -> int:
        """Return the number of predicted positives."""
        return self.true_positive + self.false_positive

    @property
    def total(self) -> int:
        """Return the sum of all four counts."""
        return self.observed + self.false_positive + self.true_negative

    @property
    def precision(self) -> float | None:
        """Return TP / (TP + FP); None if nothing is predicted."""
        return self.true_positive / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """Return TP / (TP + FN); None if nothing is observed."""
        return self.true_positive / self.observed if self.observed else None

    @property
    def f1(self) -> float | None:
        """Return 2 TP / (2 TP + FP + FN); None if nothing is observed."""
        return 2 * self.true_positive / (self.observed + self.predicted) if self.observed else None

    @property
    def iou(self) -> float | None:
        """Return intersection over union, TP / (TP + FP + FN); None if nothing is observed."""
        return self.true_positive / (self.observed + self.false_positive) if self.observed else None

    def scores(self) -> dict[str, float | None]:
        """Return precision, recall, f1 and iou by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "iou": self.iou}

    def why(self, where: str = "the test blocks") -> str | None:
        """Return why a score is undefined, for tables; None if all four have a value.

        Args:
            where: Name of the region, for the text.
        """
        if not self.total:
            return f"no known ground in {where}"
        if not self.observed:
            return f"no landslide in {where}"
        return None if self.predicted else f"no landslide predicted in {where}"


def count(observed: Mask, predicted: Mask, known: Mask | None = None) -> Counts:
    """Count the agreement of two masks over the known pixels.

    Args:
        observed: Any shape; true for landslide.
        predicted: The same shape.
        known: The same shape, true where the reference is known; by default everywhere.

    Raises:
        ValueError: The shapes differ.
    """
    shapes = {array.shape for array in (observed, predicted, known) if array is not None}
    if len(shapes) > 1:
        raise ValueError(f"observed, predicted and known have different shapes: {sorted(shapes)}")
    n_known = observed.size if known is None else int(np.count_nonzero(known))
    known_observed = observed if known is None else observed & known
    known_predicted = predicted if known is None else predicted & known
    n_both, n_observed, n_predicted = (
        int(np.count_nonzero(mask))
        for mask in (known_observed & known_predicted, known_observed, known_predicted)
    )
    return Counts(
        true_positive=n_both,
        false_positive=n_predicted - n_both,
        false_negative=n_observed - n_both,
        true_negative=n_known - n_observed - n_predicted + n_both,
    )
