"""The inventories of a study as files to hand on: what was mapped, since when, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from rasterio.crs import CRS

from slidelens import __version__
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.catalog.study import DatedFiles, FinishedStudy
from slidelens.geo.vectors.inventory import LAYER, read_inventory
from slidelens.geo.vectors.labels import MAPPED
from slidelens.importing.inventories import plain_columns
from slidelens.intermediate.reading import refuse, stage_output
from slidelens.layers.crs.metric import to_metric
from slidelens.layers.histories import read_observations
from slidelens.layers.mapped_date import read_predicted, require_crs
from slidelens.layers.provenance import Provenance, mapped_extent
from slidelens.layers.vector_formats import write_styled
from slidelens.qgis.vector_styles import (
    inventory_styles,
    outline_renderer,
    vector_style,
)

_INTERVAL = ("occurred_after", "occurred_by")
_CONFIDENCE = "occurrence_confidence"
_NOT_MAPPED = ("healed", "unobserved")  # their geometry is the ground before


class History:
    """The histories of a study, by landslide and date."""

    def __init__(self, path: Path, crs: CRS, days: Mapping[str, str] | None = None) -> None:
        """Read the histories.

        Args:
            path: The file that the stage `lifecycle` writes.
            crs: CRS that it should have.
            days: When images were taken, by label of their date; by default the labels tell it.

        Raises:
            SlidelensError: It is damaged, or has another CRS.
        """
        with stage_output(path):
            self.observations = read_observations(path)
            landslides = gpd.read_file(path, layer=LAYER, ignore_geometry=True)
        require_crs(self.observations, crs, path)
        missing = [name for name in ("landslide_id", *_INTERVAL) if name not in landslides]
        if missing:
            refuse(path, f"its landslides have no {missing[0]}")
        self.landslides = landslides.set_index("landslide_id")
        self._days = days or {}

    def describe(self, frame: gpd.GeoDataFrame, date: str) -> gpd.GeoDataFrame:
        """Return the landslides of a date with the id and the interval of their history.

        A polygon is of the history that has most of its ground.

        Args:
            frame: The landslides.
            date: Label of the date.
        """
        rows = self.observations[self.observations["date"] == date]
        rows = rows[~rows["state"].isin(_NOT_MAPPED)]
        own, other = shapes_of(frame.geometry.to_numpy()), shapes_of(rows.geometry.to_numpy())
        found, most = np.full(len(own), -1), np.zeros(len(own))
        pairs = overlaps(own, other)
        for left, right, shared_m2 in zip(pairs.left, pairs.right, pairs.area_m2, strict=True):
            if shared_m2 > most[left]:
                found[left], most[left] = right, shared_m2
        ids = rows["landslide_id"].to_numpy()
        numbers = [int(ids[each]) if each >= 0 else None for each in found]
        result = frame.copy()
        at = result.columns.get_loc(result.geometry.name)
        result.insert(at, "landslide_id", pd.array(numbers, dtype="Int64"))
        if _CONFIDENCE in self.landslides:
            values = self.landslides[_CONFIDENCE].reindex(numbers).to_numpy(dtype=float)
            result.insert(at + 1, _CONFIDENCE, values)
        return result

    def intervals(self, frame: gpd.GeoDataFrame) -> dict[str, list[str | None]]:
        """Return the interval of occurrence of landslides that `describe` returned.

        Args:
            frame: The landslides.
        """
        rows = self.landslides.reindex(frame["landslide_id"].to_numpy(dtype=object))
        return {
            name: [None if pd.isna(label) else self._days.get(label, label) for label in rows[name]]
            for name in _INTERVAL
        }


def write_date(dated: DatedFiles, history: History, method: str, path: Path) -> gpd.GeoDataFrame:
    """Write the mapped inventory of a date and the extent that was mapped; return the landslides.

    Args:
        dated: Files of the date.
        history: The histories of the study.
        method: How the inventory was made.
        path: A GeoPackage.
    """
    provenance = Provenance(dated.scene.path.name, dated.weights, method, dated.period.text)
    landslides = read_predicted(dated.inventory, dated.grid.crs)
    dated.require_reached(dated.inventory, landslides.total_bounds)
    described = history.describe(landslides, dated.date)
    described = provenance.describe(described, history.intervals(described))
    extent = mapped_extent(dated.probability, provenance, dated.grid)
    write_styled({LAYER: described, MAPPED: extent}, path, inventory_styles())
    return described


def write_manual(dated: DatedFiles, path: Path) -> None:
    """Write the manual inventory of a date, in the CRS of the map.

    Args:
        dated: Files of the date.
        path: A GeoPackage.
    """
    if dated.manual is None:
        return
    manual = to_metric(read_inventory(dated.manual), dated.manual.name, dated.grid.crs)
    dated.require_reached(dated.manual, manual.total_bounds)
    plain = plain_columns(manual, dated.manual.name)
    write_styled({LAYER: plain}, path, {LAYER: vector_style(outline_renderer())})


def method_of(study: FinishedStudy, dated: DatedFiles) -> str:
    """Return how the inventory of a date was made.

    Args:
        study: The study.
        dated: Files of the date.
    """
    params, threshold = study.params, dated.values["after"]["threshold"]
    revised = ", revised by the histories that ground can have" if dated.revised else ""
    return (
        f"slidelens {__version__}, {params.model.architecture} of {params.filters} filters,"
        f" threshold {threshold:.3g}{revised}, from {params.evaluate.min_area_m2:g} m²"
    )
