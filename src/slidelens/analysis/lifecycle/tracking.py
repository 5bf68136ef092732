"""Track landslides over dated inventories: permanent ids, states, mergers and splits.

Dates are processed in order, each with only what was known before it, so a later date never
changes an earlier id or state. Every landslide owns its footprint: all ground that it was the
first to cover. Footprints are disjoint, so a complex into which many landslides coalesce at one
date does not remain one landslide: it continues under the id of the one with most ground in it,
the others end by merging, and one that is later mapped separately again is found on its own
footprint.

The states follow inventories of post-seismic landsliding (Tang et al. 2016,
doi 10.5194/nhess-16-2641-2016; Fan et al. 2019, doi 10.5194/essd-11-35-2019), which distinguish
new failures, growth beyond the old outline and remobilisation within it, and the activity terms of
Cruden & Varnes (1996, Landslide types and processes), where reactivated means active again after
having been inactive:

    new          mapped for the first time
    expanded     grew by more than the threshold, mostly onto ground that was never landslide
    reactivated  mapped again after it had healed, or grew by more than the threshold, mostly onto
                 ground that had been landslide and had healed
    persistent   neither grew nor shrank by more than the threshold
    shrinking    shrank by more than the threshold
    healed       stood before, is observed, and is no longer mapped (only at the first such date)
    unobserved   stood before and is not observed (outside the scene, cloud, nodata): absence is
                 not healing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

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
from slidelens.analysis.lifecycle.roughness import require_few_crossings
from slidelens.analysis.lifecycle.rules import NO_STATE, LifecycleRules
from slidelens.analysis.lifecycle.states import assign_states
from slidelens.analysis.overlay import empties, overlaps, shapes_of, snapped, tiled
from slidelens.errors import InventoryError
from slidelens.types import Int64, Shapes

Polygons = Sequence[shapely.Geometry] | Shapes


@dataclass(frozen=True)
class Lifecycle:
    """The histories of all landslides of a study.

    Attributes:
        observations: A row for each landslide and date at which it has a state: landslide_id,
            date, state, area_m2, pieces and the areas of `AreaChanges`. The geometry is the mapped
            ground; for a healed or unobserved landslide (area_m2 is 0), the ground before.
        landslides: A row for each landslide: landslide_id, first_date and last_date (mapped),
            dates (number mapped), state (the last), largest_m2, footprint_m2, merged_into. The
            geometry is the footprint; footprints are disjoint.
        edges: Mergers and splits (`merger_and_split_edges`): kind, from_id, to_id, from_date,
            date, shared_m2. The geometry is the common ground.
        ledger: A row for each date (`ledger_row`).
        standing: (n,) disjoint ground at each date that was landslide when last observed.
    """

    observations: gpd.GeoDataFrame
    landslides: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    ledger: pd.DataFrame
    standing: tuple[Shapes, ...]

    @property
    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the layers by their name in a GeoPackage."""
        return {
            "observations": self.observations,
            "landslides": self.landslides,
            "edges": self.edges,
        }


@dataclass(frozen=True)
class _DateResult:
    """What one date adds to a lifecycle; dates are positions."""

    memory: FootprintMemory
    observations: pd.DataFrame
    edges: pd.DataFrame
    ledger: dict[str, Any]


def trace(
    inventories: Mapping[str, Polygons],
    rules: LifecycleRules | None = None,
    observed: Mapping[str, Polygons] | None = None,
    crs: Any = None,
) -> Lifecycle:
    """Track landslides through dated inventories.

    Args:
        inventories: Valid polygons by date label, in one metric CRS, in any order and possibly
            none; the labels in chronological order.
        rules: Thresholds; by default those of `LifecycleRules`.
        observed: Polygons of the observed ground by date label; a date that is missing observed
            everything.
        crs: CRS of all polygons, for the layers.

    Raises:
        InventoryError: There is no inventory, or outlines of two dates are too rough to overlay.
    """
    if not inventories:
        raise InventoryError(
            "there is no inventory to trace landslides through; give one for each date"
        )
    labels, memory, dates, before = list(inventories), empty_memory(), [], empties(0)
    for position, label in enumerate(labels):
        region = _region((observed or {}).get(label))
        polygons = _snap(inventories[label])
        require_few_crossings(before, polygons, labels[position - 1 : position + 1])
        before = polygons
        result = _trace_date(memory, polygons, region, position, rules or LifecycleRules())
        memory = result.memory
        dates.append(result)
    observations = _to_layer([result.observations for result in dates], labels, crs)
    return Lifecycle(
        observations=observations,
        landslides=_landslides(memory, observations, labels, crs),
        edges=_to_layer([result.edges for result in dates], labels, crs),
        ledger=pd.DataFrame(
            [{"date": label, **result.ledger} for label, result in zip(labels, dates, strict=True)]
        ),
        standing=tuple(_with_ground(result.memory.standing) for result in dates),
    )


def _with_ground(shapes: Shapes) -> Shapes:
    return shapes[~shapely.is_empty(shapes)]


def _snap(polygons: Polygons) -> Shapes:
    """Return the snapped polygons that still have an area."""
    shapes = snapped(shapes_of(polygons))
    return shapes[shapely.area(shapes) > 0]


def _region(observed: Polygons | None) -> Region:
    return None if observed is None else tiled(shapes_of(observed))


def _trace_date(
    memory: FootprintMemory, polygons: Shapes, observed: Region, date: int, rules: LifecycleRules
) -> _DateResult:
    bodies = find_bodies(polygons, rules.nested_share)
    on_footprint = overlaps(bodies.shapes, memory.footprint)
    owner = owners(
        bodies.shapes, memory.footprint, on_footprint, rules.minimum_overlap, rules.tolerance_m
    )
    memory, owner = _add_new(memory, bodies.shapes, owner, date)
    update = update_footprints(memory, bodies.shapes, owner, on_footprint, observed, rules)
    changes = area_changes(memory, update)
    state = assign_states(memory, update, changes, date, rules)
    after = update_memory(memory, update, observed, date)
    geometry = np.where(changes.area_m2 > 0, update.mapped, memory.standing)
    edges = merger_and_split_edges(memory, update, bodies.shapes, date, rules)
    return _DateResult(
        memory=after,
        observations=_observations(state, changes, after.pieces, geometry, date),
        edges=edges,
        ledger=ledger_row(polygons, bodies, memory, update, changes, state, edges, rules),
    )


def _add_new(
    memory: FootprintMemory, bodies: Shapes, owner: Int64, date: int
) -> tuple[FootprintMemory, Int64]:
    """Add a landslide for each body without an owner, numbered from north to south."""
    new = np.flatnonzero(owner == NOBODY)
    numbered = owner.copy()
    numbered[new[in_reading_order(bodies[new])]] = len(memory) + np.arange(len(new))
    return enlarge(memory, len(new), date), numbered


def _observations(
    state: NDArray[np.str_], changes: AreaChanges, pieces: Int64, geometry: Shapes, date: int
) -> pd.DataFrame:
    rows = np.flatnonzero(state != NO_STATE)
    areas = {name: values[rows] for name, values in asdict(changes).items()}
    mapped = areas["area_m2"] > 0
    columns = {
        "landslide_id": rows + 1,
        "date": date,
        "state": state[rows],
        "area_m2": areas.pop("area_m2"),
        "pieces": np.where(mapped, pieces[rows], 0),
    }
    return pd.DataFrame({**columns, **areas, "geometry": geometry[rows]})


def _to_layer(frames: list[pd.DataFrame], labels: list[str], crs: Any) -> gpd.GeoDataFrame:
    """Concatenate the rows of all dates, with labels for positions of dates."""
    frame = pd.concat(frames, ignore_index=True)
    dates = {
        name: np.array(labels, dtype=object)[frame[name].to_numpy(dtype=int)]
        for name in ("from_date", "date")
        if name in frame
    }
    return gpd.GeoDataFrame(frame.assign(**dates), geometry="geometry", crs=crs)


def _landslides(
    memory: FootprintMemory, observations: gpd.GeoDataFrame, labels: list[str], crs: Any
) -> gpd.GeoDataFrame:
    mapped = observations[observations["area_m2"] > 0].groupby("landslide_id")["area_m2"]
    dates = np.array(labels, dtype=object)
    table = {
        "landslide_id": np.arange(1, len(memory) + 1),
        "first_date": dates[memory.first],
        "last_date": dates[memory.last],
        "dates": mapped.size().to_numpy(),
        "state": observations.groupby("landslide_id")["state"].last().to_numpy(),
        "largest_m2": mapped.max().to_numpy(),
        "footprint_m2": shapely.area(memory.footprint),
        "merged_into": pd.array(memory.heir + 1, dtype="Int64"),
    }
    table["merged_into"][memory.heir == NOBODY] = pd.NA
    return gpd.GeoDataFrame(table, geometry=memory.footprint, crs=crs)
