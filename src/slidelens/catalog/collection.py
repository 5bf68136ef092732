"""Write a finished study as a STAC collection."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.catalog.date_items import GEOPACKAGE, date_item
from slidelens.catalog.footprints import around, footprint
from slidelens.catalog.inventories import History, method_of, write_date, write_manual
from slidelens.catalog.links import (
    COLLECTION,
    COLLECTION_FILE,
    FILE,
    STAC_VERSION,
    asset,
    collection_links,
)
from slidelens.catalog.places import Places, item_file
from slidelens.catalog.project import HISTORIES, write_study_project
from slidelens.catalog.study import FinishedStudy
from slidelens.catalog.times import whole
from slidelens.catalog.weights_items import weights_item
from slidelens.errors import SlidelensError
from slidelens.files import atomic_write_folder, read_json, write_json
from slidelens.intermediate.reading import stage_output
from slidelens.layers.vector_formats import add_styles
from slidelens.outputs import require_folder_name, require_utf8
from slidelens.qgis.vector_styles import history_styles

log = logging.getLogger(__name__)

PROJECT = "study.qgz"
# All files that a catalogue may hold, also copies of the study's.
FILES = (
    COLLECTION_FILE,
    HISTORIES,
    PROJECT,
    "*/*.json",
    "*/inventory.gpkg",
    "*/manual.gpkg",
    *(f"*/{name}.tif" for name in ("scene", "probability", "revised", "density-*")),
    "*/scene.tiff",
    "weights-*/*.weights.h5",
)


@dataclass(frozen=True)
class WrittenCatalog:
    """A catalogue that was written.

    Attributes:
        folder: Its folder.
        dates: Names of the items of dates.
        weights: Names of the items of weights.
        project: The project of QGIS; None without one.
    """

    folder: Path
    dates: tuple[str, ...]
    weights: tuple[str, ...]
    project: Path | None

    def to_dict(self) -> dict[str, Any]:
        """Return what was written as JSON values, those of `slidelens catalog`."""
        return {
            "collection": str(self.folder / COLLECTION_FILE),
            "dates": list(self.dates),
            "weights": list(self.weights),
            "project": None if self.project is None else str(self.project),
        }


def _is_catalogue(folder: Path) -> bool:
    """Return whether a folder holds a catalogue of a study, not one of something else."""
    path = folder / COLLECTION_FILE
    if not path.is_file():
        return False
    with suppress(SlidelensError):
        values = read_json(path)
        return isinstance(values, dict) and values.get("id") == COLLECTION
    return False


def write_collection(
    study: FinishedStudy, folder: Path, *, qgis: bool = False, copy: bool = False
) -> WrittenCatalog:
    """Write a finished study as a STAC collection.

    Args:
        study: The study.
        folder: A new folder, or that of an earlier catalogue.
        qgis: Whether to write a project of QGIS too.
        copy: Whether to copy images, maps and weights into the folder.

    Raises:
        OutputError: The folder holds other files, or cannot be written.
        SlidelensError: A file of the study is damaged.
    """
    require_folder_name(folder)
    require_utf8(folder)
    with atomic_write_folder(folder, FILES if _is_catalogue(folder) else ()) as temporary:
        places = Places(folder.absolute(), temporary, copy)
        items, weights = _items(study, places)
        _copy_histories(study, places)
        title = _title(study)
        if qgis:
            write_study_project(study, places, title, temporary / PROJECT)
        for item in (*items, *weights):
            write_json(places.new(item_file(item["id"])), item)
        collection = _collection(study, title, [*items, *weights], places, qgis)
        write_json(temporary / COLLECTION_FILE, collection)
    return WrittenCatalog(
        folder,
        tuple(item["id"] for item in items),
        tuple(item["id"] for item in weights),
        folder / PROJECT if qgis else None,
    )


def _items(
    study: FinishedStudy, places: Places
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the items of the dates and of the weights, and write the inventories."""
    days = {dated.date: dated.period.text for dated in study.dates}
    history = History(study.histories, study.dates[0].grid.crs, days)
    outlines, items = [], []
    for dated in study.dates:
        log.info("catalog %s …", dated.date)
        folder = places.new(f"{dated.date}/inventory.gpkg").parent
        landslides = write_date(dated, history, method_of(study, dated), folder / "inventory.gpkg")
        write_manual(dated, folder / "manual.gpkg")
        outlines.append(footprint(dated.probability, dated.grid))
        items.append(date_item(study, dated, landslides, outlines[-1], places))
    periods: Mapping[str, Any] = {dated.date: dated.period for dated in study.dates}
    span = whole(periods.values())
    weights = [
        weights_item(name, path, outlines[-1], periods.get(name, span), places)
        for name, path in study.weights.items()
    ]
    return items, weights


def _copy_histories(study: FinishedStudy, places: Places) -> None:
    target = places.new(HISTORIES)
    shutil.copyfile(study.histories, target)
    with stage_output(study.histories):
        add_styles(target, history_styles())


def _title(study: FinishedStudy) -> str:
    dates = [dated.date for dated in study.dates]
    span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"Landslide inventories, {span}{' (simulated)' if study.simulated else ''}"


def _collection(
    study: FinishedStudy,
    title: str,
    items: list[dict[str, Any]],
    places: Places,
    has_project: bool,
) -> dict[str, Any]:
    period = whole(dated.period for dated in study.dates).properties
    boxes = [item["bbox"] for item in items]
    assets = {
        "histories": asset(
            places,
            HISTORIES,
            "",
            "Histories of the landslides: states by date, footprints, mergers and splits",
            GEOPACKAGE,
            ["data"],
        )
    }
    if has_project:
        assets["project"] = asset(
            places, PROJECT, "", "Project of QGIS", "application/x-qgis-project", ["metadata"]
        )
    return {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": [FILE],
        "id": COLLECTION,
        "title": title,
        "description": _description(study),
        "license": "other",
        "keywords": ["landslides", "inventory", "segmentation"],
        "extent": {
            "spatial": {"bbox": [around(boxes)]},
            "temporal": {"interval": [[period["start_datetime"], period["end_datetime"]]]},
        },
        "links": collection_links(items),
        "assets": assets,
    }


def _description(study: FinishedStudy) -> str:
    text = (
        "Landslide inventories of a series of satellite images: an item a date with image,"
        " probability, mapped and manual inventory and scores on test blocks, and an item a weights"
        " file (extension MLM)."
    )
    return f"{text} The images are simulated." if study.simulated else text
