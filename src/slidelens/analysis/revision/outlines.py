"""Tell landslides from false alarms among the outlines of revised maps.

Pixels are revised one by one; an outline has more to tell. Small outlines of low probability are
often false alarms, more of them at some dates than at others.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from slidelens.analysis.revision.logistic import LogisticModel, log_odds
from slidelens.types import Float64

FEATURES = ("area_m2", "mean_probability", "max_probability")


def outline_features(outlines: gpd.GeoDataFrame) -> Float64:
    """Return the (n, 3) logarithm of area, and log-odds of the mean and highest probability.

    Args:
        outlines: With `area_m2`, `mean_probability` and `max_probability`.
    """
    area, mean, highest = (outlines[name].to_numpy(dtype=float) for name in FEATURES)
    return np.column_stack([np.log(np.maximum(area, 1.0)), log_odds(mean), log_odds(highest)])


def drop_false_alarms(
    outlines: list[gpd.GeoDataFrame], model: LogisticModel | None
) -> list[gpd.GeoDataFrame]:
    """Return the outlines that are landslides rather than false alarms, with new ids.

    Args:
        outlines: Outlines of each date, largest first.
        model: Of `outline_features`, its groups are the dates; None: all are kept.

    Returns:
        Outlines with `landslide_probability`, empty without a model.
    """
    kept = []
    for number, frame in enumerate(outlines):
        likely = np.full(len(frame), np.nan)
        if model is not None:
            likely = model.probability(outline_features(frame), np.full(len(frame), number))
        stays = ~(likely < 0.5)
        chosen = frame[stays].reset_index(drop=True)
        column = chosen.columns.get_loc("geometry")
        chosen.insert(column, "landslide_probability", likely[stays].round(4))
        kept.append(chosen.assign(id=np.arange(1, len(chosen) + 1, dtype=np.int64)))
    return kept
