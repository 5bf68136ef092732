"""Number and area of the landslides of an inventory: the rows of the paper's Tables 4 and 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class InventoryStatistics:
    """One inventory in numbers.

    count: landslides; total_area_m2: sum of their areas (ground under two polygons counts twice)
    min_area_m2, max_area_m2: None without landslides
    mean_per_km2: landslides per km² of mapped ground, not the peak of a density surface; None where the mapped area is not known
    """

    count: int
    total_area_m2: float
    min_area_m2: float | None
    max_area_m2: float | None
    mean_per_km2: float | None

    def named(self, prefix: str) -> dict[str, float | None]:
        """The numbers by name, such as `manual_count`, for metrics files."""
        return {f"{prefix}_{name}": value for name, value in vars(self).items()}


def inventory_statistics(
    areas_m2: ArrayLike, mapped_area_m2: float | None = None
) -> InventoryStatistics:
    """Statistics of landslides.

    areas_m2: (n,) areas, m²; may be empty
    mapped_area_m2: ground that was mapped, m², > 0
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
    """Predicted less manual, number by number; None where either has no value."""
    pairs = {name: (value, getattr(manual, name)) for name, value in vars(predicted).items()}
    return {
        name: None if one is None or other is None else one - other
        for name, (one, other) in pairs.items()
    }
