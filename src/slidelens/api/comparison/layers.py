"""Lay out the agreement of two inventories as map layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.accuracy.fragmentation import Fragmentation
from slidelens.analysis.comparison.area_agreement import agreement_map, covered_share
from slidelens.analysis.comparison.object_matching import Matching
from slidelens.api.comparison.inventory_pair import InventoryPair
from slidelens.types import Float64, Int64, Shapes


def landslide_layers(
    pair: InventoryPair, matching: Matching, fragmentation: Fragmentation
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers "observed" and "predicted", a row per landslide.

    Columns are id, area_m2, matched, match_id (the partner's id, −1 for none), iou (with the
    partner), covered_share (the share of the landslide on the ground of the other inventory) and
    pieces (the number of fragments in the other inventory).
    """
    observed = _landslides(
        pair.observed,
        matching.observed,
        matching.predicted,
        matching.iou,
        covered_share(pair.observed, pair.predicted_ground),
        fragmentation.pieces,
    )
    predicted = _landslides(
        pair.predicted,
        matching.predicted,
        matching.observed,
        matching.iou,
        covered_share(pair.predicted, pair.observed_ground),
        fragmentation.joined,
    )
    crs = pair.crs.to_wkt()
    return {"observed": observed.set_crs(crs), "predicted": predicted.set_crs(crs)}


def _landslides(
    shapes: Shapes,
    matched: Int64,
    partners: Int64,
    iou: Float64,
    covered: Float64,
    pieces: Int64,
) -> gpd.GeoDataFrame:
    match_ids, match_iou = np.full(len(shapes), -1), np.zeros(len(shapes))
    match_ids[matched], match_iou[matched] = partners, iou
    columns = {
        "id": np.arange(len(shapes)),
        "area_m2": shapely.area(shapes),
        "matched": match_ids >= 0,
        "match_id": match_ids,
        "iou": match_iou,
        "covered_share": covered,
        "pieces": pieces,
    }
    return gpd.GeoDataFrame(columns, geometry=shapes)


def agreement_layer(pair: InventoryPair) -> gpd.GeoDataFrame:
    """Return polygons of hits, misses and false alarms with the columns kind and area_m2."""
    polygons_by_kind = agreement_map(pair.observed_ground, pair.predicted_ground)
    shapes = np.concatenate(list(polygons_by_kind.values()))
    numbers = [len(polygons) for polygons in polygons_by_kind.values()]
    columns = {
        "kind": np.repeat(list(polygons_by_kind), numbers),
        "area_m2": shapely.area(shapes),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=pair.crs.to_wkt())
