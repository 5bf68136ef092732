"""Number and area of the landslides of an inventory, as in Tables 4 and 5 of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class InventoryStatistics:
    """Statistics of one inventory.

    Attributes:
        count: Number of landslides.
        total_area_m2: Sum of their areas, m²; overlaps count twice.
        min_area_m2: Smallest area, m²; None without landslides.
        max_area_m2: Largest area, m²; None without landslides.
        mean_per_km2: Landslides per km² of mapped area, not the peak of a density surface; None
            if the mapped area is unknown.
    """

    count: int
    total_area_m2: float
    min_area_m2: float | None
    max_area_m2: float | None
    mean_per_km2: float | None

    def named(self, prefix: str) -> dict[str, float | None]:
        """Return the values by prefixed name, e.g. `manual_count`, for metrics files."""
        return {f"{prefix}_{name}": value for name, value in vars(self).items()}


def inventory_statistics(
    areas_m2: ArrayLike, mapped_area_m2: float | None = None
) -> InventoryStatistics:
    """Compute the statistics of an inventory.

    Args:
        areas_m2: (n,) areas, m²; may be empty.
        mapped_area_m2: Area that was mapped, m², > 0.
    """
    areas = np.sort(np.asarray(areas_m2, np.float64))
    return InventoryStatistics(
        count=len(areas),
        total_area_m2=float(areas.sum()),
        min_area_m2=float(areas[0]) if len(areas) else None,
        max_area_m2=float(areas[-1]) if len(areas) else None,
        mean_per_km2=len(areas) / mapped_area_m2 * M2_PER_KM2 if mapped_area_m2 else None,
    )


def difference(
    predicted: InventoryStatistics, manual: InventoryStatistics
) -> dict[str, float | None]:
    """Return predicted minus manual, value by value; None where either is None."""
    pairs = {name: (value, getattr(manual, name)) for name, value in vars(predicted).items()}
    return {
        name: None if ours is None or theirs is None else ours - theirs
        for name, (ours, theirs) in pairs.items()
    }
