"""Count the fragments in which landslides are mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import Overlaps, overlaps
from slidelens.types import Int64, Shapes

MIN_SHARE = 0.1  # of the smaller polygon, from which an overlap counts


@dataclass(frozen=True)
class Fragmentation:
    """In how many pieces the landslides of one inventory lie in the other. A piece shares a tenth or more of the smaller polygon.

    pieces: (n_observed,) predicted pieces of each observed landslide; joined: (n_predicted,) observed landslides under each predicted one
    """

    pieces: Int64
    joined: Int64

    def summary(self) -> dict[str, float | int | None]:
        """Means over the landslides that have a piece at all, and how many have several."""
        return {
            "pieces_per_observed": _mean_of_some(self.pieces),
            "observed_per_piece": _mean_of_some(self.joined),
            "observed_in_pieces": int((self.pieces > 1).sum()),
            "pieces_joining_observed": int((self.joined > 1).sum()),
        }


def _mean_of_some(numbers: Int64) -> float | None:
    some = numbers[numbers > 0]
    return float(some.mean()) if len(some) else None


def count_fragments(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE
) -> Fragmentation:
    """Pieces each way. pairs: all overlaps; min_share: of the smaller polygon that two must share to be pieces of each other."""
    counted = pieces_of(observed, predicted, pairs, min_share)
    return Fragmentation(
        np.bincount(counted.left, minlength=len(observed)),
        np.bincount(counted.right, minlength=len(predicted)),
    )


def pieces_of(
    observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE
) -> Overlaps:
    """The pairs of which each is a piece of the other. pairs, min_share: see `fragmentation_of`."""
    smaller = np.minimum(shapely.area(observed)[pairs.left], shapely.area(predicted)[pairs.right])
    return pairs.where(pairs.area_m2 >= min_share * smaller)


def fragment_counts(
    raw: Shapes, merged: Shapes, manual: Shapes | None
) -> dict[str, float | int | None]:
    """Counts before and after, and pieces each way, where a piece shares a tenth or more of the smaller polygon.

    raw, merged, manual: counts of polygons; raw_pieces_per_landslide, merged_pieces_per_landslide: mapped pieces of each manual landslide
    that is mapped at all; raw_landslides_per_piece, merged_landslides_per_piece: manual landslides under each piece that lies on any.
    Where nothing is mapped by hand (manual None), only raw and merged have a value.
    """
    counts: dict[str, float | int | None] = {
        "raw": len(raw),
        "merged": len(merged),
        "manual": None if manual is None else len(manual),
    }
    for name, shapes in (("raw", raw), ("merged", merged)):
        told = (
            {}
            if manual is None
            else count_fragments(manual, shapes, overlaps(manual, shapes)).summary()
        )
        counts[f"{name}_pieces_per_landslide"] = told.get("pieces_per_observed")
        counts[f"{name}_landslides_per_piece"] = told.get("observed_per_piece")
    return counts
