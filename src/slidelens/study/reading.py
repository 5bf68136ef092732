"""Read the scene and the inventory of a target onto its grid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.dataset.windowed_scene import open_on_grid
from slidelens.errors import InventoryError, SceneError
from slidelens.escaping import counted
from slidelens.geo.grid import crs_name
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene, read_on_grid
from slidelens.geo.vectors.inventory import LabelPolygons, read_labels
from slidelens.geo.vectors.labels import MAPPED, NOT_LANDSLIDE
from slidelens.layers.crs.scale import places_of, warn_of_far
from slidelens.study.study import PRETRAIN, PreparationTarget, naming
from slidelens.types import Mask

log = logging.getLogger(__name__)

IN_FILE = "landslides in the file"  # attribute of the polygons that reach into an area


@dataclass(frozen=True)
class RawData:
    """The scene and the inventory of a target on its grid.

    Attributes:
        target: what was read.
        scene: its bands on the grid.
        inside: (height, width) mask of the pixels in the area of interest.
        polygons: landslides that reach into the area, in the grid's CRS, index 0…n-1; None if the
            target is not mapped.
        inventory: those of them whose centroid lies in the area, with their index in `polygons`;
            None if the target is not mapped.
        known: (height, width) mask of the pixels of which the inventory tells whether they are
            landslide; None: of all.
        negatives: number of polygons in the area that are known to hold no landslide.
    """

    target: PreparationTarget
    scene: Scene
    inside: Mask
    polygons: gpd.GeoDataFrame | None
    inventory: gpd.GeoDataFrame | None
    known: Mask | None = None
    negatives: int = 0

    @property
    def valid_share(self) -> float:
        """Share of the area whose pixels are valid, 0 to 1."""
        return float((self.scene.valid & self.inside).sum() / self.inside.sum())


@dataclass
class RawDataReader:
    """Read the targets of a study, each inventory file once.

    Inventories are kept after the first use; scenes are not.

    Attributes:
        bands: bands to read, in this order.
    """

    bands: Sequence[str]
    _labels: dict[str, LabelPolygons | None] = field(default_factory=dict, init=False)
    _moved_m: dict[str, tuple[float, float]] = field(default_factory=dict, init=False)

    def read(self, target: PreparationTarget) -> RawData:
        """Read the scene and the inventory of a target onto its grid.

        Raises:
            SceneError: No pixel of the area is valid, or a band has no valid pixel.
            InventoryError: The inventory lies outside the scene.
        """
        scene = open_on_grid(target.header, target.grid, self.bands)
        inside = rasterise([target.aoi], target.grid)
        if not (scene.valid & inside).any():
            raise SceneError(
                f"{target.header.path} has no valid pixel in the area of {target.name}"
                f"{self._explain_empty(target)}"
            )
        if found := target.header.fills_note(scene, inside):
            log.warning("%s", found)
        labels = self._read_labels(target)
        polygons = None if labels is None else labels.landslides
        return RawData(
            target=target,
            scene=scene,
            inside=inside,
            polygons=polygons,
            inventory=None if polygons is None else polygons[polygons.centroid.within(target.aoi)],
            known=None if labels is None else _known_ground(labels, target),
            negatives=0 if labels is None else len(labels.negatives),
        )

    def read_polygons(self, target: PreparationTarget) -> gpd.GeoDataFrame | None:
        """Return the landslides that reach into the area; None if the target is not mapped.

        They are in the grid's CRS, with index 0…n-1. Those outside the ground that the inventory
        declares as mapped are left out.

        Raises:
            InventoryError: The inventory lies outside the scene, or the pretraining inventory has
                no landslide in its area.
        """
        labels = self._read_labels(target)
        return None if labels is None else labels.landslides

    def _read_labels(self, target: PreparationTarget) -> LabelPolygons | None:
        name, moved_m = target.name, target.outlines_moved_m
        if name not in self._labels or self._moved_m[name] != moved_m:
            self._labels[name], self._moved_m[name] = _read_labels(target), moved_m
        return self._labels[name]

    def _explain_empty(self, target: PreparationTarget) -> str:
        """Name the band that has no valid pixel if the other bands have some."""
        empty = [
            band
            for band in self.bands
            if not read_on_grid(target.header, target.grid, [band]).valid.any()
        ]
        if 0 < len(empty) < len(self.bands):
            return (
                f": band {empty[0]} is all nodata or NaN; "
                "repair the file or leave the band out of study.bands"
            )
        return (
            ": it is all nodata there; "
            "give another scene, or take the date out with `slidelens dates …`"
        )


def _read_labels(target: PreparationTarget) -> LabelPolygons | None:
    """Return what the inventory says about the area, in the grid's CRS."""
    if target.inventory is None:
        return None
    with naming(target.inventory_parameter):
        original = read_labels(target.inventory)
    frame = _landslides_on(target, original.landslides)
    reaching = frame[frame.intersects(target.aoi)].reset_index(drop=True)
    reaching.attrs[IN_FILE] = len(frame)
    if target.name == PRETRAIN and reaching.empty:
        raise InventoryError(
            f"{target.inventory} has no landslide in the pretraining area; "
            "there is nothing to learn from: check study.pretrain"
        )
    negatives = _on_grid(target, original.negatives)
    negatives = negatives[negatives.intersects(target.aoi)].reset_index(drop=True)
    if original.mapped is None:
        return LabelPolygons(reaching, negatives, None)
    mapped = _on_grid(target, original.mapped)
    return LabelPolygons(_on_mapped_ground(target, reaching, mapped), negatives, mapped)


def _on_grid(target: PreparationTarget, original: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return polygons in the CRS of a target's grid, moved as the target says."""
    frame = original.to_crs(target.grid.crs)
    east_m, north_m = target.outlines_moved_m
    if east_m or north_m:
        frame = frame.set_geometry(frame.translate(east_m, north_m))
    return frame


def _landslides_on(target: PreparationTarget, original: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return landslides in the grid's CRS; raise InventoryError if the scene has none of them."""
    assert target.inventory is not None
    frame = _on_grid(target, original)
    scene = shapely.box(*target.header.bounds_in(target.grid.crs))
    if len(frame) and not (np.isfinite(frame.total_bounds).all() and frame.intersects(scene).any()):
        raise InventoryError(
            f"inventory {target.inventory.name} is in "
            f"{crs_name(CRS.from_user_input(original.crs))} and has no landslide inside scene "
            f"{target.header.path.name} ({crs_name(target.header.grid.crs)}); check its CRS"
        )
    if len(original):
        warn_of_far(places_of(original, target.inventory.name), target.inventory.name)
    return frame


def _on_mapped_ground(
    target: PreparationTarget, landslides: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the landslides that reach into the mapped ground; warn of the others.

    Raises:
        InventoryError: The mapped ground does not reach the area.
    """
    ground = mapped.union_all()
    if not ground.intersects(target.aoi):
        raise InventoryError(
            f"layer {MAPPED} of {target.inventory} does not reach the area of {target.name}, so "
            "that nothing is known there; draw it there, or delete it if all is mapped"
        )
    inside = landslides.intersects(ground)
    if not inside.all():
        log.warning(
            "%s: %s outside layer %s of %s: neither learnt nor scored",
            target.name,
            counted(int((~inside).sum()), "landslide lies", "landslides lie"),
            MAPPED,
            target.inventory,
        )
    kept = landslides[inside].reset_index(drop=True)
    kept.attrs = landslides.attrs
    return kept


def _known_ground(labels: LabelPolygons, target: PreparationTarget) -> Mask | None:
    """Return the (height, width) mask of the pixels whose label is known; None for all.

    These are the mapped ground and polygons without landslides, but not where a landslide and such
    a polygon overlap.
    """
    if labels.mapped is None and labels.negatives.empty:
        return None
    grid = target.grid
    bare = rasterise(labels.negatives.geometry, grid)
    doubtful = bare & rasterise(labels.landslides.geometry, grid)
    if doubtful.any():
        log.warning(
            "%s: %s both in a landslide and in a polygon of class %r of %s, and unknown",
            target.name,
            counted(int(doubtful.sum()), "pixel lies", "pixels lie"),
            NOT_LANDSLIDE,
            target.inventory,
        )
    elif labels.mapped is None:
        return None
    mapped = True if labels.mapped is None else rasterise(labels.mapped.geometry, grid) | bare
    known: Mask = mapped & ~doubtful
    return known
