"""Timeline: mapped area by state at each date, and healed area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slidelens.report.figures.style import STATE_COLOURS, FigureWriter, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAPPED_STATES = ("new", "expanded", "reactivated", "persistent", "shrinking")
_HA = 1e4
_MIN_DATES = 5  # width of the axis in dates, so that few dates do not give huge bars
Ledger = Mapping[str, Mapping[str, Any]]


def area_by_state(observations: pd.DataFrame, dates: Sequence[str]) -> pd.DataFrame:
    """Return the mapped area in m², a row per date and a column per state.

    Args:
        observations: rows with `date`, `state` and `area_m2`, see `layers.histories`.
        dates: labels of the dates, the rows of the result.
    """
    table = observations.pivot_table(
        index="date", columns="state", values="area_m2", aggfunc="sum", fill_value=0.0
    )
    return table.reindex(index=list(dates), columns=list(MAPPED_STATES), fill_value=0.0)


def draw_timeline(
    writer: FigureWriter, histories: Mapping[str, pd.DataFrame], ledgers: Mapping[str, Ledger]
) -> None:
    """Draw the stacked area by state and, below zero, the area healed since the previous date.

    Args:
        writer: where the figure goes.
        histories: observations by inventory.
        ledgers: ledger of each inventory by date, as in metrics/lifecycle.json.
    """
    with writer.figure("timeline", 7.5) as figure:
        drawn = figure.subplots(1, len(histories), sharey=True, squeeze=False)[0]
        for axes, (name, observations) in zip(drawn, histories.items(), strict=True):
            _draw(axes, observations, ledgers[name])
            axes.set_title(f"{name} inventories")
        drawn[0].set_ylabel("area (ha)")
        handles, labels = drawn[0].get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside lower left",
            ncols=8,
            frameon=False,
            handlelength=1.0,
            columnspacing=1.0,
        )


def _draw(axes: Axes, observations: pd.DataFrame, ledger: Ledger) -> None:
    dates = list(ledger)
    area = area_by_state(observations, dates) / _HA
    positions, bottom = np.arange(len(dates)), np.zeros(len(dates))
    bars: Any = {"width": 0.72, "edgecolor": "white", "linewidth": 0.3}
    for state in MAPPED_STATES:
        axes.bar(
            positions, area[state], bottom=bottom, color=STATE_COLOURS[state], label=state, **bars
        )
        bottom += area[state].to_numpy()
    healed = [-row["healed_m2"] / _HA for row in ledger.values()]
    axes.bar(positions, healed, color=STATE_COLOURS["healed"], label="healed since", **bars)
    axes.axhline(0, color="0.2", linewidth=0.7)
    margin = max(0.0, (_MIN_DATES - len(dates)) / 2)
    axes.set_xlim(-0.6 - margin, len(dates) - 0.4 + margin)
    axes.set_xticks(positions, dates, rotation=45 if max(map(len, dates)) * len(dates) > 50 else 0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    style_axes(axes)
