"""The real case Iburi as a quick study, and as a catalogue."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import rasterio
import shapely
import yaml

from slidelens.params.loading import parse_params
from slidelens.params.schema import Params
from support.pipeline.workshop import ROOT
from support.stac.catalogues import write_catalogue

STUDY = {
    "root": "data/raw",
    "aoi": "aoi/investigation.gpkg",
    "pretrain": {
        "scene": "scenes/post.tif",
        "inventory": "inventories/post.gpkg",
        "aoi": "aoi/pretrain.gpkg",
    },
}
DAYS = {"pre": "2018-08-12", "post": "2018-09-16"}  # nominal: the files do not tell
QUICK = {"lr": 3e-3, "filters": 8, "batch_size": 8, "epochs": 6}


def quick_params(root: Path) -> Params:
    """The repository's parameters for the study below `root`, trained in half a minute."""
    values = (
        yaml.safe_load((ROOT / "params.yaml").read_text())
        | QUICK
        | {"dates": ["pre", "post"], "study": STUDY | {"root": str(root)}}
    )
    values["pretrain"]["patches_per_epoch"] = 64
    values["learning"]["averaging"] = 0.9
    values["evaluate"]["symmetries"] = 1
    values["finetune"] |= {
        "from": {"pre": "pretrained", "post": "pretrained"},
        "epochs": 2,
        "patches_per_epoch": 32,
    }
    return parse_params(values)


def write_iburi_catalogue(iburi: Path, folder: Path) -> Path:
    """Write both scenes as a static catalogue: a file of three bands in degrees each."""
    folder.mkdir()
    scenes = {day: iburi / f"scenes/{name}.tif" for name, day in DAYS.items()}
    return write_catalogue(
        folder, *(_write_item(path, folder, day) for day, path in scenes.items())
    )


def _write_item(scene: Path, folder: Path, day: str) -> dict[str, Any]:
    shutil.copy(scene, folder)
    with rasterio.open(scene) as dataset:
        box = list(dataset.bounds)
        names = dataset.descriptions
    bands = [{"name": name, "common_name": name} for name in names]
    raster = [{"nodata": 0, "data_type": "uint16", "scale": 1e-4, "offset": 0}] * len(names)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": f"S2_{scene.stem}",
        "collection": "sentinel-2-l2a",
        "geometry": shapely.geometry.mapping(shapely.box(*box)),
        "bbox": box,
        "properties": {"datetime": f"{day}T01:27:00Z", "s2:processing_baseline": "02.08"},
        "links": [],
        "assets": {
            "data": {
                "href": scene.name,
                "roles": ["data"],
                "type": "image/tiff",
                "eo:bands": bands,
                "raster:bands": raster,
            }
        },
    }
