"""The values that Bhuyan et al. (2023) published, for a study of their own area and years.

Source: Tables 1 to 5, doi 10.1080/15481603.2023.2182057. Its Table 5 reads like the peak of the kernel density, and its losses
follow from no weighting at every year: compare scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from slidelens.geo.grid import Grid

_AREA = shapely.box(
    85.19, 28.07, 85.29, 28.15
)  # °E and °N around the paper's investigation area near Mailung, Nepal


def published_values(dates: Sequence[str], grid: Grid) -> pd.DataFrame | None:
    """The paper's values, indexed by our date labels; None unless the area is the paper's and every date one of its years.

    dates: labels that begin with a year, one a year; grid: of the investigation area
    """
    table = pd.read_csv(
        Path(__file__).with_name("bhuyan2023") / "bhuyan2023.csv", dtype={"date": str}
    ).set_index("date")
    years = {date: date[:4] for date in dates}
    if (
        not set(years.values()) <= set(table.index)
        or len(set(years.values())) < len(years)
        or not _is_their_area(grid)
    ):
        return None
    return table.loc[list(years.values())].set_axis(list(years), axis="index")


def published_hyperparameters() -> pd.DataFrame:
    """The paper's Table 2: loss, precision, recall and f1, indexed by lr, filters and batch_size; of its test on 2017."""
    table = pd.read_csv(Path(__file__).with_name("bhuyan2023") / "bhuyan2023_table2.csv")
    return table.set_index(["lr", "filters", "batch_size"])


def _is_their_area(grid: Grid) -> bool:
    """Whether most of the area lies in the paper's."""
    area = gpd.GeoSeries([shapely.box(*grid.bounds)], crs=grid.crs.to_wkt()).to_crs(4326).iloc[0]
    return bool(area.intersection(_AREA).area > 0.5 * area.area)
