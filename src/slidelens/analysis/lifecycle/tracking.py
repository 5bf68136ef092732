"""Landslides through the years: permanent ids, a state for each date, mergers and splits.

Dates are taken in order and each sees only what was known before it, so that a later date never changes an earlier id or state. Every
landslide owns ground: its footprint, all that it was the first to take. Footprints never overlap, so a complex into which many
landslides grow together at one date does not become one landslide for ever: it goes on under the id of the one with the most ground in
it, the others end by merging, and one that is later mapped by itself again is found on its own ground.

The states follow the inventories of post-seismic landsliding (Tang et al. 2016, doi 10.5194/nhess-16-2641-2016; Fan et al. 2019, doi
10.5194/essd-11-35-2019), which part new failures, growth beyond the old outline and remobilisation within it, and the activity terms of
Cruden & Varnes (1996, Landslide types and processes), where reactivated means active again after having been inactive:

new          mapped for the first time
expanded     grew by more than the threshold, mostly onto ground that was never landslide
reactivated  mapped again after it had healed, or grew so, mostly onto ground that had been landslide and had healed
persistent   neither grew nor shrank by more than the threshold
shrinking    shrank by more than the threshold
healed       was standing, could be seen, and has no mapped ground any more (told once, at the date that first shows it)
unobserved   was standing and could not be seen (outside the scene, cloud, nodata): absence is not healing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.lifecycle.area_changes import AreaChanges, area_changes
from slidelens.analysis.lifecycle.bodies import find_bodies
from slidelens.analysis.lifecycle.footprints import (
    FootprintMemory,
    Region,
    empty_memory,
    enlarge,
    update_footprints,
    update_memory,
)
from slidelens.analysis.lifecycle.identity import NOBODY, in_reading_order, owners
from slidelens.analysis.lifecycle.ledger import ledger_row
from slidelens.analysis.lifecycle.mergers_and_splits import merger_and_split_edges
from slidelens.analysis.lifecycle.rules import NO_STATE, LifecycleRules
from slidelens.analysis.lifecycle.states import assign_states
from slidelens.analysis.overlay import overlaps, shapes_of, snapped, tiled
from slidelens.errors import InventoryError
from slidelens.types import Int64, Shapes


@dataclass(frozen=True)
class Lifecycle:
    """The histories of all landslides of a study.

    observations: a row for each landslide and date at which it has a state: landslide_id, date, state, area_m2, pieces and the flows of
        `Flows`. The geometry is the mapped ground; of a healed or unobserved landslide, the ground that stood before (its area_m2 is 0)
    landslides: a row for each landslide: landslide_id, first_date, last_date (mapped), dates (mapped at), state (its last), largest_m2,
        footprint_m2, merged_into; the geometry is its footprint, and footprints do not overlap
    edges: mergers and splits, see `edges_of`: kind, from_id, to_id, from_date, date, shared_m2; the geometry is the ground handed on
    ledger: a row for each date, see `ledger_row`
    """

    observations: gpd.GeoDataFrame
    landslides: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    ledger: pd.DataFrame

    @property
    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """The layers by the names that they have in a GeoPackage."""
        return {
            "observations": self.observations,
            "landslides": self.landslides,
            "edges": self.edges,
        }


def trace(
    inventories: Mapping[str, Shapes],
    rules: LifecycleRules | None = None,
    observed: Mapping[str, Shapes] | None = None,
    crs: Any = None,
) -> Lifecycle:
    """Follow landslides through dated inventories.

    inventories: polygons by date label, the labels in the order of time; all in one metric CRS, valid, in any order, maybe none
    rules: thresholds, the defaults of `LifecycleRules` where None
    observed: by date label, polygons of what the date could see; a date that is not in it saw everything
    crs: of all of them, passed on to the layers
    Raises InventoryError where there is no inventory.
    """
    if not inventories:
        raise InventoryError(
            "there is no inventory to trace landslides through; give one for each date"
        )
    labels, memory, dates = list(inventories), empty_memory(), []
    for position, label in enumerate(labels):
        region = _region((observed or {}).get(label))
        memory, rows, edges, row = _at_date(
            memory, _drawn(inventories[label]), region, position, rules or LifecycleRules()
        )
        dates.append((rows, edges, {"date": label, **row}))
    observations, edges = (
        _layer(pd.concat(frames, ignore_index=True), labels, crs)
        for frames in list(zip(*dates, strict=True))[:2]
    )
    return Lifecycle(
        observations,
        _landslides(memory, observations, labels, crs),
        edges,
        pd.DataFrame([row for *_, row in dates]),
    )


def _drawn(polygons: Shapes) -> Shapes:
    """The polygons on the grid of overlays, without those that have no area on it."""
    drawn = snapped(shapes_of(polygons))
    return drawn[shapely.area(drawn) > 0]


def _region(observed: Shapes | None) -> Region:
    return None if observed is None else tiled(shapes_of(observed))


def _at_date(
    memory: FootprintMemory, polygons: Shapes, observed: Region, date: int, rules: LifecycleRules
) -> tuple[FootprintMemory, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """One date: the memory after it, its observations, its edges and its row of the ledger."""
    bodies = find_bodies(polygons, rules.nested_share)
    on_footprint = overlaps(bodies.shapes, memory.footprint)
    owner = owners(
        bodies.shapes, memory.footprint, on_footprint, rules.minimum_overlap, rules.tolerance_m
    )
    memory, owner = _with_new(memory, bodies.shapes, owner, date)
    ground = update_footprints(memory, bodies.shapes, owner, on_footprint, observed, rules)
    flows = area_changes(memory, ground)
    state = assign_states(memory, ground, flows, date, rules)
    after = update_memory(memory, ground, observed, date)
    geometry = np.where(flows.area_m2 > 0, ground.mapped, memory.standing)
    rows = _observations(state, flows, after.pieces, geometry, date)
    edges = merger_and_split_edges(memory, ground, bodies.shapes, date, rules)
    return (
        after,
        rows,
        edges,
        ledger_row(polygons, bodies, memory, ground, flows, state, edges, rules),
    )


def _with_new(
    memory: FootprintMemory, bodies: Shapes, owner: Int64, date: int
) -> tuple[FootprintMemory, Int64]:
    """Room in the memory for the bodies without an owner, numbered from north to south."""
    new = np.flatnonzero(owner == NOBODY)
    numbered = owner.copy()
    numbered[new[in_reading_order(bodies[new])]] = len(memory) + np.arange(len(new))
    return enlarge(memory, len(new), date), numbered


def _observations(
    state: np.ndarray, flows: AreaChanges, pieces: Int64, geometry: Shapes, date: int
) -> pd.DataFrame:
    told = np.flatnonzero(state != NO_STATE)
    areas = {name: values[told] for name, values in asdict(flows).items()}
    mapped = areas["area_m2"] > 0
    first = {
        "landslide_id": told + 1,
        "date": date,
        "state": state[told],
        "area_m2": areas.pop("area_m2"),
    }
    return pd.DataFrame(
        {**first, "pieces": np.where(mapped, pieces[told], 0), **areas, "geometry": geometry[told]}
    )


def _layer(frame: pd.DataFrame, labels: list[str], crs: Any) -> gpd.GeoDataFrame:
    """Positions of dates become their labels."""
    named = {
        name: np.array(labels, dtype=object)[frame[name].to_numpy(dtype=int)]
        for name in ("from_date", "date")
        if name in frame
    }
    return gpd.GeoDataFrame(frame.assign(**named), geometry="geometry", crs=crs)


def _landslides(
    memory: FootprintMemory, observations: gpd.GeoDataFrame, labels: list[str], crs: Any
) -> gpd.GeoDataFrame:
    mapped = observations[observations["area_m2"] > 0].groupby("landslide_id")["area_m2"]
    names = np.array(labels, dtype=object)
    table = {
        "landslide_id": np.arange(1, len(memory) + 1),
        "first_date": names[memory.first],
        "last_date": names[memory.last],
        "dates": mapped.size().to_numpy(),
        "state": observations.groupby("landslide_id")["state"].last().to_numpy(),
        "largest_m2": mapped.max().to_numpy(),
        "footprint_m2": shapely.area(memory.footprint),
        "merged_into": pd.array(memory.heir + 1, dtype="Int64"),
    }
    table["merged_into"][memory.heir == NOBODY] = pd.NA
    return gpd.GeoDataFrame(table, geometry=memory.footprint, crs=crs)
