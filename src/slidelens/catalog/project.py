"""The project of QGIS that opens a catalogue: a group a date, and the histories."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from rasterio.crs import CRS

from slidelens.catalog.places import Places
from slidelens.catalog.rasters import bands_to_show, has_deviation, stretches_of
from slidelens.catalog.study import DatedFiles, FinishedStudy
from slidelens.geo.vectors.inventory import LAYER
from slidelens.geo.vectors.labels import MAPPED
from slidelens.layers.surface import read_unit
from slidelens.qgis.project import ProjectGroup, ProjectLayer, write_project
from slidelens.qgis.raster_styles import (
    density_renderer,
    deviation_renderer,
    probability_renderer,
    scene_renderer,
)
from slidelens.qgis.vector_styles import (
    confidence_renderer,
    edges_renderer,
    mapped_renderer,
    outline_renderer,
    state_renderer,
)

HISTORIES = "histories.gpkg"


def write_study_project(study: FinishedStudy, places: Places, title: str, path: Path) -> None:
    """Write the project of a catalogue; the latest date is shown at first.

    Args:
        study: The study.
        places: Where files lie.
        title: Title of the project.
        path: The file.
    """
    latest = study.dates[-1]
    groups = [_histories(latest.grid.crs)]
    # All densities have one scale, so that the same colour is the same number at all dates.
    highest = max(dated.highest_density for dated in study.dates)
    groups += [_date(dated, places, highest, dated is latest) for dated in reversed(study.dates)]
    write_project(path, title, groups, latest.grid.crs, latest.grid.bounds)


def _histories(crs: CRS) -> ProjectGroup:
    edges = _vector("Mergers and splits", HISTORIES, "edges", edges_renderer(), crs, visible=False)
    landslides = _vector("Landslides by last state", HISTORIES, LAYER, state_renderer(), crs)
    return ProjectGroup("Histories", [edges, landslides])


def _date(dated: DatedFiles, places: Places, highest: float, is_latest: bool) -> ProjectGroup:
    crs, inventory = dated.grid.crs, f"{dated.date}/inventory.gpkg"
    layers = [
        _vector("Mapped landslides", inventory, LAYER, confidence_renderer(), crs),
        _vector(
            "State at this date",
            HISTORIES,
            "observations",
            state_renderer(),
            crs,
            rows=f"\"date\" = '{dated.date}'",
            visible=False,
        ),
    ]
    if dated.manual is not None:
        manual = f"{dated.date}/manual.gpkg"
        layers.append(_vector("Manual inventory", manual, LAYER, outline_renderer(), crs))
    layers.append(
        _vector("Mapped extent", inventory, MAPPED, mapped_renderer(), crs, visible=False)
    )
    return ProjectGroup(dated.date, [*layers, *_rasters(dated, places, highest)], is_latest)


def _rasters(dated: DatedFiles, places: Places, highest: float) -> list[ProjectLayer]:
    crs, maps = dated.grid.crs, {"Probability": (dated.probability, probability_renderer())}
    if dated.revised is not None:
        revised = {"Probability, revised": (dated.revised, probability_renderer())}
        maps = revised | maps
    if has_deviation(dated.probability):
        maps["Deviation of the probability"] = (dated.probability, deviation_renderer())
    for kind, path in dated.densities.items():
        maps[_density_name(kind, dated, read_unit(path))] = (path, density_renderer(highest))
    layers = [
        ProjectLayer(name, places.path_of(path), "raster", renderer, crs, visible=False)
        for name, (path, renderer) in maps.items()
    ]
    scene, bands = dated.scene, bands_to_show(dated.scene)
    renderer = scene_renderer(bands, stretches_of(scene, bands))
    image = ProjectLayer("Image", places.path_of(scene.path), "raster", renderer, scene.grid.crs)
    return [*layers, image]


def _density_name(kind: str, dated: DatedFiles, unit: str) -> str:
    """Return the name of a density; that of mapped landslides is never of revised maps."""
    mapped = "mapped" if dated.revised is None else "mapped, before revision"
    return f"{unit[:1].upper()}{unit[1:]}, {'manual inventory' if kind == 'manual' else mapped}"


def _vector(
    name: str,
    source: str,
    layer: str,
    renderer: Element,
    crs: CRS,
    rows: str = "",
    visible: bool = True,
) -> ProjectLayer:
    return ProjectLayer(name, source, "vector", renderer, crs, layer, rows, visible)
