"""One landslide through all dates: the one whose history has the most to tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from slidelens.report.figures.cartography import add_scale_bar_and_north, draw_outlines, show_image
from slidelens.report.figures.style import STATE_COLOURS, FigureWriter, panels
from slidelens.report.results import MappedDate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 4


def most_eventful(observations: gpd.GeoDataFrame) -> int | None:
    """The landslide with the most different states, then the most dates, then the largest area; None where there is none."""
    if observations.empty:
        return None
    rows = observations.groupby("landslide_id").agg(
        states=("state", "nunique"), dates=("date", "nunique"), area=("area_m2", "max")
    )
    return int(
        rows.sort_values(["states", "dates", "area"], ascending=False, kind="stable").index[0]
    )


def confirmed(observations: gpd.GeoDataFrame, dates: Sequence[MappedDate]) -> gpd.GeoDataFrame:
    """Of the landslides those whose outlines all touch a manual one, at the dates that are mapped by hand."""
    alone: set[int] = set()
    for mapped in dates:
        now = observations[(observations["date"] == mapped.date) & (observations["area_m2"] > 0)]
        if mapped.manual is not None:
            tree = shapely.STRtree(mapped.shapes["manual"])
            touching = set(tree.query(now.geometry.to_numpy(), predicate="intersects")[0].tolist())
            alone |= {
                landslide
                for place, landslide in enumerate(now["landslide_id"])
                if place not in touching
            }
    return observations[~observations["landslide_id"].isin(alone)]


def draw_history(
    sheet: FigureWriter, observations: gpd.GeoDataFrame, dates: Sequence[MappedDate]
) -> None:
    """Draw the landslide at every date, the ground that stood before dashed where it has healed or cannot be seen."""
    known = confirmed(observations, dates)
    chosen = most_eventful(observations if known.empty else known)
    if chosen is None:
        return
    own = observations[observations["landslide_id"] == chosen].set_index("date")
    rows = -(-len(dates) // _COLUMNS)
    with sheet.figure("history", rows * 4.9 + 0.8) as figure:
        for axes, mapped in zip(panels(figure, len(dates), _COLUMNS), dates, strict=True):
            _draw(axes, mapped, own)
        figure.suptitle(f"predicted landslide {chosen} through the dates", fontsize=8)
        add_scale_bar_and_north(figure.axes[0])


def _draw(axes: Axes, mapped: MappedDate, own: gpd.GeoDataFrame) -> None:
    left, bottom, right, top = own.total_bounds
    half, x, y = 0.65 * max(right - left, top - bottom), (left + right) / 2, (bottom + top) / 2
    show_image(axes, mapped.image, mapped.grid, interpolation="nearest")
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    if mapped.date not in own.index:
        axes.set_title(f"{mapped.date}: not there", loc="left")
        return
    state, area_m2, shape = own.loc[mapped.date, ["state", "area_m2", "geometry"]]
    mapped_now = area_m2 > 0
    draw_outlines(
        axes,
        [shape],
        STATE_COLOURS[state] if mapped_now else "white",
        1.4,
        "-" if mapped_now else (0, (3, 2)),
    )
    axes.set_title(
        f"{mapped.date}: {state}{f', {area_m2 / 1e4:.2f} ha' if mapped_now else ''}", loc="left"
    )
