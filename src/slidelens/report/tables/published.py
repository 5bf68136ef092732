"""Values published by Bhuyan et al. (2023), for studies of their area and years.

Table 5 of the paper matches the peak of the kernel density rather than its mean, and its losses
match no single weighting over the years; compare scores instead of losses.

Source:
    Tables 1 to 5 of Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from slidelens.geo.grid import Grid

# °E and °N around the paper's investigation area near Mailung, Nepal
_AREA = shapely.box(85.19, 28.07, 85.29, 28.15)


def published_values(dates: Sequence[str], grid: Grid) -> pd.DataFrame | None:
    """Return the published values indexed by the study's date labels.

    Args:
        dates: labels of the study's dates, which begin with a year.
        grid: grid of the investigation area.

    Returns:
        None unless most of the area lies in the paper's area, and every date is one of its years,
        one date per year.
    """
    table = pd.read_csv(
        Path(__file__).with_name("bhuyan2023") / "bhuyan2023.csv", dtype={"date": str}
    ).set_index("date")
    years = {date: date[:4] for date in dates}
    if (
        not set(years.values()) <= set(table.index)
        or len(set(years.values())) < len(years)
        or not _is_published_area(grid)
    ):
        return None
    return table.loc[list(years.values())].set_axis(list(years), axis="index")


def published_hyperparameters() -> pd.DataFrame:
    """Return the paper's Table 2: loss, precision, recall and F1 of its test on 2017.

    The index is lr, filters and batch_size.
    """
    table = pd.read_csv(Path(__file__).with_name("bhuyan2023") / "bhuyan2023_table2.csv")
    return table.set_index(["lr", "filters", "batch_size"])


def _is_published_area(grid: Grid) -> bool:
    """Return whether more than half of the area lies in the paper's area."""
    area = gpd.GeoSeries([shapely.box(*grid.bounds)], crs=grid.crs.to_wkt()).to_crs(4326).iloc[0]
    return bool(area.intersection(_AREA).area > 0.5 * area.area)
