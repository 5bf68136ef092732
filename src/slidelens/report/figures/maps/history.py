"""Figure of one eventful landslide at every date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from slidelens.report.figures.cartography import add_scale_bar_and_north, draw_outlines, show_image
from slidelens.report.figures.style import STATE_COLOURS, FigureWriter, panels
from slidelens.report.results import DateResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 4


def most_eventful_landslide(observations: gpd.GeoDataFrame) -> int | None:
    """Return the id of the landslide with the most different states.

    Ties go to the one with more dates, then the larger area. None if there is no landslide.
    """
    if observations.empty:
        return None
    rows = observations.groupby("landslide_id").agg(
        states=("state", "nunique"), dates=("date", "nunique"), area=("area_m2", "max")
    )
    return int(
        rows.sort_values(["states", "dates", "area"], ascending=False, kind="stable").index[0]
    )


def confirmed_landslides(
    observations: gpd.GeoDataFrame, dates: Sequence[DateResults]
) -> gpd.GeoDataFrame:
    """Keep the landslides that touch a manual landslide at each date with a manual inventory.

    Args:
        observations: one row per landslide and date, with `landslide_id`, `date`, `area_m2` and
            geometry.
        dates: results of every date.
    """
    unconfirmed: set[int] = set()
    for results in dates:
        mapped = observations[
            (observations["date"] == results.date) & (observations["area_m2"] > 0)
        ]
        if results.manual is not None:
            tree = shapely.STRtree(results.shapes["manual"])
            touching = set(
                tree.query(mapped.geometry.to_numpy(), predicate="intersects")[0].tolist()
            )
            unconfirmed |= {
                landslide
                for position, landslide in enumerate(mapped["landslide_id"])
                if position not in touching
            }
    return observations[~observations["landslide_id"].isin(unconfirmed)]


def draw_history(
    writer: FigureWriter, observations: gpd.GeoDataFrame, dates: Sequence[DateResults]
) -> None:
    """Draw one predicted landslide at every date.

    Its earlier outline is dashed where it has healed or is not observed.
    """
    confirmed = confirmed_landslides(observations, dates)
    landslide = most_eventful_landslide(observations if confirmed.empty else confirmed)
    if landslide is None:
        return
    track = observations[observations["landslide_id"] == landslide].set_index("date")
    rows = -(-len(dates) // _COLUMNS)
    with writer.figure("history", rows * 4.9 + 0.8) as figure:
        for axes, results in zip(panels(figure, len(dates), _COLUMNS), dates, strict=True):
            _draw(axes, results, track)
        figure.suptitle(f"predicted landslide {landslide} through the dates", fontsize=8)
        add_scale_bar_and_north(figure.axes[0])


def _draw(axes: Axes, results: DateResults, track: gpd.GeoDataFrame) -> None:
    left, bottom, right, top = track.total_bounds
    half, x, y = 0.65 * max(right - left, top - bottom), (left + right) / 2, (bottom + top) / 2
    show_image(axes, results.image, results.grid, interpolation="nearest")
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    if results.date not in track.index:
        axes.set_title(f"{results.date}: absent", loc="left")
        return
    state, area_m2, shape = track.loc[results.date, ["state", "area_m2", "geometry"]]
    mapped_now = area_m2 > 0
    draw_outlines(
        axes,
        [shape],
        STATE_COLOURS[state] if mapped_now else "white",
        1.4,
        "-" if mapped_now else (0, (3, 2)),
    )
    axes.set_title(
        f"{results.date}: {state}{f', {area_m2 / 1e4:.2f} ha' if mapped_now else ''}", loc="left"
    )
