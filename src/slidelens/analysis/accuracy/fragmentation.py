"""Count the fragments in which landslides are mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import Overlaps, overlaps
from slidelens.types import Int64, Shapes

MIN_SHARE = 0.1  # of the smaller polygon: smaller overlaps are ignored


@dataclass(frozen=True)
class Fragmentation:
    """Number of fragments of each landslide, in both directions.

    Attributes:
        pieces: (n_observed,) predicted fragments of each observed landslide.
        joined: (n_predicted,) observed landslides under each predicted polygon.
    """

    pieces: Int64
    joined: Int64

    def summary(self) -> dict[str, float | int | None]:
        """Return the means over landslides with a match, and the numbers with several."""
        return {
            "pieces_per_observed": _mean_of_positive(self.pieces),
            "observed_per_piece": _mean_of_positive(self.joined),
            "observed_in_pieces": int((self.pieces > 1).sum()),
            "pieces_joining_observed": int((self.joined > 1).sum()),
        }


def _mean_of_positive(numbers: Int64) -> float | None:
    positive = numbers[numbers > 0]
    return float(positive.mean()) if len(positive) else None


def count_fragments(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE
) -> Fragmentation:
    """Count the fragments of two inventories in both directions; arguments as in `pieces_of`."""
    matches = pieces_of(observed, predicted, pairs, min_share)
    return Fragmentation(
        pieces=np.bincount(matches.left, minlength=len(observed)),
        joined=np.bincount(matches.right, minlength=len(predicted)),
    )


def pieces_of(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE
) -> Overlaps:
    """Return the pairs in which one polygon is a fragment of the other.

    Args:
        observed: (n,) polygons in a metric CRS.
        predicted: (m,) polygons in the same CRS.
        pairs: All overlaps of the two.
        min_share: Smallest overlap that counts, as a share of the smaller polygon.
    """
    smaller = np.minimum(shapely.area(observed)[pairs.left], shapely.area(predicted)[pairs.right])
    return pairs.where(pairs.area_m2 >= min_share * smaller)


def fragment_counts(
    raw: Shapes, merged: Shapes, manual: Shapes | None
) -> dict[str, float | int | None]:
    """Return the numbers of polygons and of fragments before and after merging.

    Args:
        raw: Predicted polygons before merging.
        merged: Predicted polygons after merging.
        manual: Manual landslides, or None without a manual inventory.

    Returns:
        raw, merged, manual: numbers of polygons; {raw,merged}_pieces_per_landslide: predicted
        fragments of each manual landslide that is predicted at all;
        {raw,merged}_landslides_per_piece: manual landslides under each predicted polygon that
        lies on any. Without a manual inventory only raw and merged are not None.
    """
    counts: dict[str, float | int | None] = {
        "raw": len(raw),
        "merged": len(merged),
        "manual": None if manual is None else len(manual),
    }
    for name, shapes in (("raw", raw), ("merged", merged)):
        summary = (
            {}
            if manual is None
            else count_fragments(manual, shapes, overlaps(manual, shapes)).summary()
        )
        counts[f"{name}_pieces_per_landslide"] = summary.get("pieces_per_observed")
        counts[f"{name}_landslides_per_piece"] = summary.get("observed_per_piece")
    return counts
