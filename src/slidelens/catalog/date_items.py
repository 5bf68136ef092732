"""The item of a date: its image, its maps, its inventories and its scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from slidelens import __version__
from slidelens.catalog.footprints import bounds, geometry, projection
from slidelens.catalog.links import (
    COLLECTION,
    FILE,
    PROJECTION,
    RASTER,
    STAC_VERSION,
    asset,
    item_links,
)
from slidelens.catalog.places import Places
from slidelens.catalog.rasters import has_deviation
from slidelens.catalog.study import DatedFiles, FinishedStudy
from slidelens.catalog.weights_items import item_of_weights
from slidelens.layers.surface import read_unit

GEOPACKAGE, COG, GEOTIFF, JSON = (
    "application/geopackage+sqlite3",
    "image/tiff; application=geotiff; profile=cloud-optimized",
    "image/tiff; application=geotiff",
    "application/json",
)
_SCORES = ("f1", "precision", "recall", "iou", "threshold")
_PROBABILITY = {"name": "probability", "description": "probability of landslide, 0 to 1"}
_DEVIATION = {"name": "deviation", "description": "standard deviation of the probability"}
_STORED = {"data_type": "uint8", "raster:scale": 1 / 255, "raster:offset": 0.0}


def date_item(
    study: FinishedStudy,
    dated: DatedFiles,
    landslides: gpd.GeoDataFrame,
    outline: shapely.Geometry,
    places: Places,
) -> dict[str, Any]:
    """Return the item of a date.

    Args:
        study: The study.
        dated: Files of the date.
        landslides: Its mapped landslides.
        outline: Its valid ground, degrees.
        places: Where files lie.
    """
    links = item_links(dated.date)
    if (name := dated.weights.removesuffix(".weights.h5")) in study.weights:
        links.append(
            {
                "rel": "derived_from",
                "href": f"../{item_of_weights(name)}/{item_of_weights(name)}.json",
                "type": "application/geo+json",
                "title": f"weights {dated.weights}",
            }
        )
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [PROJECTION, RASTER, FILE],
        "id": dated.date,
        "geometry": geometry(outline),
        "bbox": bounds([outline]),
        "properties": {
            **dated.period.properties,
            "title": f"Landslides of {dated.date}",
            "gsd": dated.grid.pixel_m,
            **projection(dated.grid),
            **_results(study, dated, landslides),
        },
        "links": links,
        "assets": _assets(dated, places),
        "collection": COLLECTION,
    }


def _results(
    study: FinishedStudy, dated: DatedFiles, landslides: gpd.GeoDataFrame
) -> dict[str, Any]:
    """Return numbers of a date: those of its scores are of the test blocks, before revision."""
    scores = dated.values["after"]
    return {
        "slidelens:version": __version__,
        "slidelens:simulated": study.simulated,
        "slidelens:landslides": len(landslides),
        "slidelens:area_m2": round(float(landslides.area.sum()), 1),
        **{f"slidelens:{name}": scores[name] for name in _SCORES},
        "slidelens:estimated_count": dated.values["estimates"]["area"]["count"],
    }


def _assets(dated: DatedFiles, places: Places) -> dict[str, Any]:
    date, scene = dated.date, dated.scene
    assets: dict[str, Any] = {}

    def add(key: str, name: str, title: str, media: str, roles: list[str], **fields: Any) -> None:
        assets[key] = asset(places, name, date, title, media, roles, **fields)

    name = places.place(scene.path, f"{date}/scene{scene.path.suffix.lower()}")
    bands = [{"name": each, "data_type": scene.dtype_of([each])} for each in scene.bands]
    add("scene", name, "Image", GEOTIFF, ["data"], bands=bands)
    name = places.place(dated.probability, f"{date}/probability.tif")
    bands = _map_bands(dated.probability)
    add("probability", name, "Probability of landslide", COG, ["probability"], bands=bands)
    if dated.revised is not None:
        name = places.place(dated.revised, f"{date}/revised.tif")
        title = "Probability, revised by the other dates"
        bands = _map_bands(dated.revised)
        add("revised", name, title, COG, ["probability"], bands=bands)
    name = f"{date}/inventory.gpkg"
    add("inventory", name, "Mapped landslides and mapped extent", GEOPACKAGE, ["inventory"])
    if dated.manual is not None:
        add("manual", f"{date}/manual.gpkg", "Manual inventory", GEOPACKAGE, ["reference"])
    for kind, path in dated.densities.items():
        name = places.place(path, f"{date}/density-{kind}.tif")
        title = f"Kernel density of the {kind} inventory, {read_unit(path)}"
        add(f"density-{kind}", name, title, GEOTIFF, ["density"])
    name = places.place(dated.scores, f"{date}/scores.json")
    add("scores", name, "Scores on the test blocks", JSON, ["metadata"])
    return assets


def _map_bands(path: Path) -> list[dict[str, Any]]:
    bands = [_PROBABILITY, _DEVIATION] if has_deviation(path) else [_PROBABILITY]
    return [{**band, **_STORED} for band in bands]
