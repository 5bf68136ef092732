"""Read the true landslides of a simulated study."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from slidelens.layers.histories import read_observations

_NOT_VISIBLE = ("healed", "unobserved")


def true_landslides(root: Path, date: str) -> gpd.GeoDataFrame | None:
    """Return the landslides that are open and visible at a date.

    Args:
        root: The study's folder.
        date: Label of the date.

    Returns:
        A row per landslide, or None if the study is not simulated.
    """
    path = root / "truth/landslides.gpkg"
    if not path.exists():
        return None
    truth = read_observations(path)
    return truth[(truth["date"] == date) & ~truth["state"].isin(_NOT_VISIBLE)]
