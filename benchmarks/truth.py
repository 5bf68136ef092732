"""The truth of a simulated study."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from slidelens.layers.histories import read_observations

_NOT_THERE = ("healed", "unobserved")


def true_landslides(root: Path, date: str) -> gpd.GeoDataFrame | None:
    """The landslides of a study folder that are open at a date and can be seen; None where the study is not simulated."""
    path = root / "truth/landslides.gpkg"
    if not path.exists():
        return None
    truth = read_observations(path)
    return truth[(truth["date"] == date) & ~truth["state"].isin(_NOT_THERE)]
