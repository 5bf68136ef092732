"""`slidelens compare`: how far two inventories of one area agree (JSON, and a map of hits, misses and false alarms)."""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.analysis.accuracy.fragmentation import (
    Fragmentation,
    count_fragments,
    fragment_counts,
)
from slidelens.analysis.comparison.area_agreement import (
    agreement_map,
    area_agreement,
    clip,
    covered_share,
    dissolve,
    pixel_counts,
)
from slidelens.analysis.comparison.object_matching import MIN_IOU, Matching, match_objects
from slidelens.analysis.comparison.size_agreement import recall_by_size, size_difference
from slidelens.analysis.inventory.kernel_density import (
    density_of_points,
    require_positive,
    surface_grid,
)
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.commands.pieces import add_options, joined
from slidelens.errors import InventoryError, ParamsError
from slidelens.experiments.revisions import inventories_of
from slidelens.files import json_text
from slidelens.geo.grid import Bounds, Grid, covering_grid, crs_name
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vector import require_near, write_layers
from slidelens.layers.metric import area_of, read_together
from slidelens.types import Shapes

log = logging.getLogger(__name__)

_LEAST_OVERLAP_M2 = 1.0
_MOST_PIXELS = 1e11


@dataclass(frozen=True)
class Pair:
    """Two inventories in one metric CRS, cut at the area where one is given, and their ground without overlaps.

    pieces: the predicted polygons before any were joined
    """

    observed: Shapes
    predicted: Shapes
    observed_ground: Shapes
    predicted_ground: Shapes
    area: shapely.Geometry | None
    crs: CRS
    pieces: Shapes

    @property
    def mapped(self) -> shapely.Geometry:
        """The ground that is compared: the area, or the bounding box of both inventories."""
        return (
            shapely.box(*shapely.total_bounds(np.concatenate([self.observed, self.predicted])))
            if self.area is None
            else self.area
        )

    @property
    def bounds(self) -> Bounds:
        """Of the ground that is compared."""
        left, bottom, right, top = shapely.bounds(self.mapped)
        return left, bottom, right, top


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens compare`."""
    parser = commands.add_parser(
        "compare", help="agreement of two inventories of one area", description=__doc__
    )
    parser.add_argument(
        "observed", type=Path, help="polygons taken for the truth; with --rev a date instead"
    )
    parser.add_argument("predicted", type=Path, nargs="?", help="polygons compared with them")
    parser.add_argument(
        "--rev",
        action="append",
        default=[],
        metavar="REVISION",
        help="compare what was predicted for a date in an experiment or commit with another's (--rev twice) or the working folder's (once)",
    )
    parser.add_argument(
        "--aoi",
        type=Path,
        help="polygon of the ground to compare; landslides are cut at its edge (default: where either has polygons)",
    )
    parser.add_argument(
        "--pixel-m",
        type=float,
        default=5.0,
        help="pixel of the common grid, metres (default: %(default)g)",
    )
    parser.add_argument(
        "--min-iou",
        type=float,
        default=MIN_IOU,
        help="IoU from which two landslides are one (default: %(default)g)",
    )
    parser.add_argument(
        "--bootstrap",
        type=int,
        default=999,
        help="resamples of the test of sizes; 0: no test (default: %(default)s)",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        help="GeoPackage to write: layers agreement (hits, misses, false alarms), observed, predicted",
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the agreement, write the map where one is asked for."""
    _check(arguments)
    if not arguments.rev:
        return _compare(arguments)
    with inventories_of(str(arguments.observed), arguments.rev) as (
        arguments.observed,
        arguments.predicted,
    ):
        return _compare(arguments)


def _compare(arguments: argparse.Namespace) -> int:
    pair = read_pair(arguments)
    touching = overlaps(pair.observed, pair.predicted)
    matching = match_objects(pair.observed, pair.predicted, touching, arguments.min_iou)
    pieces = count_fragments(pair.observed, pair.predicted, touching)
    covered = (
        covered_share(pair.observed, pair.predicted_ground),
        covered_share(pair.predicted, pair.observed_ground),
    )
    layers = _landslide_layers(pair, matching, pieces, covered)
    if arguments.out:
        write_layers({"agreement": _map_layer(pair), **layers}, arguments.out)
    details = _details(pair, layers, pieces, arguments)
    print(
        json_text(
            {
                **_scores(pair, matching, arguments),
                **_counts(pair),
                **details,
                **_settings(pair, arguments),
            }
        )
    )
    return 0


def _check(arguments: argparse.Namespace) -> None:
    require_positive(arguments.pixel_m, "pixel")
    if not 0 < arguments.min_iou <= 1:
        raise ParamsError(f"--min-iou is {arguments.min_iou:g}; give a share over 0 and up to 1")
    if bool(arguments.rev) == (arguments.predicted is not None):
        raise ParamsError("give two inventories, or a date and --rev with an experiment or commit")
    if arguments.bootstrap < 0:
        raise ParamsError(f"--bootstrap is {arguments.bootstrap}; give 0 or more")


def read_pair(arguments: argparse.Namespace) -> Pair:
    """Both inventories and the area, in one metric CRS.

    Raises InventoryError where both are empty and no area is given, or where an inventory lies wholly apart from the area.
    """
    paths = [arguments.observed, arguments.predicted, *([arguments.aoi] if arguments.aoi else [])]
    observed, predicted, *others = read_together(paths)
    area = area_of(others[0], arguments.aoi.name) if others else None
    if area is None:
        _require_near(observed, predicted, arguments)
    crs = CRS.from_user_input(observed.crs)
    drawn, found = (shapes_of(frame.geometry.to_numpy()) for frame in (observed, predicted))
    shapes = [
        _cut(some, area, path)
        for some, path in zip((drawn, joined(found, crs, arguments)), paths, strict=False)
    ]
    pieces = clip(found, area) if area is not None and arguments.merge else found
    ground = [_ground(one, path) for one, path in zip(shapes, paths, strict=False)]
    return Pair(shapes[0], shapes[1], ground[0], ground[1], area, crs, pieces)


def _require_near(
    observed: gpd.GeoDataFrame, predicted: gpd.GeoDataFrame, arguments: argparse.Namespace
) -> None:
    """Without an area, two inventories make sense together only where they have an extent, and nearly the same."""
    if observed.empty and predicted.empty:
        raise InventoryError(
            f"{arguments.observed} and {arguments.predicted} have no landslide, and so no extent; name the ground with --aoi"
        )
    if observed.empty or predicted.empty:
        return
    require_near(observed, predicted, (arguments.observed.name, arguments.predicted.name))


def _cut(shapes: Shapes, area: shapely.Geometry | None, path: Path) -> Shapes:
    if area is None or not len(shapes):
        return shapes
    kept = clip(shapes, area)
    if not len(kept):
        log.warning(
            "%s: none of %d landslides lies in the area; check its CRS if that is not so",
            path.name,
            len(shapes),
        )
    elif len(kept) < len(shapes):
        log.warning(
            "%s: %d of %d landslides lie outside the area and are left out",
            path.name,
            len(shapes) - len(kept),
            len(shapes),
        )
    return kept


def _ground(shapes: Shapes, path: Path) -> Shapes:
    ground = dissolve(shapes)
    twice = float(shapely.area(shapes).sum() - shapely.area(ground).sum())
    if twice > _LEAST_OVERLAP_M2:
        log.warning(
            "%s: polygons overlap on %.0f m²; as ground it counts once, as landslides each counts",
            path.name,
            twice,
        )
    return ground


def _scores(pair: Pair, matching: Matching, arguments: argparse.Namespace) -> dict[str, Any]:
    ground = area_agreement(pair.observed_ground, pair.predicted_ground)
    grid = _pixel_grid(pair, arguments.pixel_m)
    pixels = pixel_counts(pair.observed_ground, pair.predicted_ground, grid, pair.area)
    objects = {
        **matching.counts.scores(),
        "pq": matching.pq,
        "min_iou": arguments.min_iou,
        **asdict(matching.counts),
    }
    return {
        "pixel": {**pixels.scores(), "pixel_m": arguments.pixel_m, **asdict(pixels)},
        "area": {**ground.scores(), "both_m2": ground.both_m2},
        "object": {
            name: value for name, value in objects.items() if name not in ("iou", "true_negative")
        },
        "mapping_error": ground.mapping_error,
        "why_null": matching.counts.why("the area"),
    }


def _pixel_grid(pair: Pair, pixel_m: float) -> Grid:
    left, bottom, right, top = pair.bounds
    pixels = (right - left) * (top - bottom) / pixel_m**2
    if pixels > _MOST_PIXELS:
        raise ParamsError(
            f"pixels of {pixel_m:g} m make {pixels:.2g} of them over this ground; give larger ones with --pixel-m"
        )
    return covering_grid(pair.bounds, pair.crs, pixel_m)


def _counts(pair: Pair) -> dict[str, Any]:
    grounds = {"observed": pair.observed_ground, "predicted": pair.predicted_ground}
    return {
        "count": {"observed": len(pair.observed), "predicted": len(pair.predicted)},
        "area_m2": {name: float(shapely.area(ground).sum()) for name, ground in grounds.items()},
        "density": _density_difference(pair),
    }


def _density_difference(pair: Pair) -> dict[str, Any]:
    """Mean and peak density of both, by one radius (Esri's for the observed; for the predicted where that has none) on one grid."""
    points = [
        shapely.get_coordinates(shapely.centroid(shapes))
        for shapes in (pair.observed, pair.predicted)
    ]
    radius_m = default_radius_m(points[0]) or default_radius_m(points[1])
    grid = surface_grid(pair.bounds, pair.crs)
    mapped = None if pair.area is None else rasterise([pair.area], grid)
    one, other = (
        density_of_points(
            some, grid, float(shapely.area(pair.mapped)), radius_m=radius_m, mapped=mapped
        )
        for some in points
    )
    return {
        "radius_m": radius_m,
        "area_km2": one.area_km2,
        "mean_per_km2": {"observed": one.mean_per_km2, "predicted": other.mean_per_km2},
        "peak_per_km2": {"observed": one.peak_per_km2, "predicted": other.peak_per_km2},
        "largest_difference_per_km2": float(np.nanmax(np.abs(other.surface - one.surface)))
        if radius_m
        else None,
    }


def _landslide_layers(
    pair: Pair, matching: Matching, pieces: Fragmentation, covered: tuple[np.ndarray, np.ndarray]
) -> dict[str, gpd.GeoDataFrame]:
    """Every landslide of both inventories with how it fared: its match, the share of it that is covered, its pieces."""
    sides = {
        "observed": (
            pair.observed,
            matching.observed,
            matching.predicted,
            pieces.pieces,
            covered[0],
        ),
        "predicted": (
            pair.predicted,
            matching.predicted,
            matching.observed,
            pieces.joined,
            covered[1],
        ),
    }
    layers = {}
    for name, (shapes, matched, partner, others, share) in sides.items():
        match, iou = np.full(len(shapes), -1), np.zeros(len(shapes))
        match[matched], iou[matched] = partner, matching.iou
        columns = {
            "id": np.arange(len(shapes)),
            "area_m2": shapely.area(shapes),
            "matched": match >= 0,
            "match_id": match,
            "iou": iou,
            "covered_share": share,
            "pieces": others,
        }
        layers[name] = gpd.GeoDataFrame(columns, geometry=shapes, crs=pair.crs.to_wkt())
    return layers


def _map_layer(pair: Pair) -> gpd.GeoDataFrame:
    kinds = agreement_map(pair.observed_ground, pair.predicted_ground)
    shapes = np.concatenate(list(kinds.values()))
    columns = {
        "kind": np.repeat(list(kinds), [len(some) for some in kinds.values()]),
        "area_m2": shapely.area(shapes),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=pair.crs.to_wkt())


def _details(
    pair: Pair,
    layers: dict[str, gpd.GeoDataFrame],
    pieces: Fragmentation,
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Completeness of the observed and correctness of the predicted landslides by size, pieces, and sizes."""
    classes = {
        name: [
            asdict(one)
            for one in recall_by_size(
                *(frame[column].to_numpy() for column in ("area_m2", "matched", "covered_share"))
            )
        ]
        for name, frame in layers.items()
    }
    observed_m2, predicted_m2 = (frame["area_m2"].to_numpy() for frame in layers.values())
    sizes = size_difference(observed_m2, predicted_m2, arguments.bootstrap)
    return {
        "fragmentation": pieces.summary(),
        **(
            {"fragments": fragment_counts(pair.pieces, pair.predicted, pair.observed)}
            if arguments.merge
            else {}
        ),
        "completeness_by_size": classes["observed"],
        "correctness_by_size": classes["predicted"],
        "sizes": asdict(sizes),
    }


def _settings(pair: Pair, arguments: argparse.Namespace) -> dict[str, Any]:
    compared = arguments.aoi.name if arguments.aoi else "bounding box of both inventories"
    names = {"observed": arguments.observed.stem, "predicted": arguments.predicted.stem}
    return {"crs": crs_name(pair.crs), "compared": compared, "inventories": names}
