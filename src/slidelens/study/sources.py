"""Describe the sources of pretraining: one event, or several on grids of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np

from slidelens.geo.rasters.header import Header, pixel_size_m
from slidelens.params.schema import StudyParams
from slidelens.params.sources import PretrainAreaParams, SourceParams, parameter_of
from slidelens.study.extent import area_grid, area_in_crs, choose_metric_crs, read_area
from slidelens.study.study import PRETRAIN, Findings, PreparationTarget, naming


def source_targets(
    root: Path,
    study: StudyParams,
    headers: Mapping[str | None, Header],
    dates: Sequence[PreparationTarget],
    findings: Findings,
) -> tuple[PreparationTarget, ...]:
    """Return the pretraining targets; note problems.

    One event has the pixel size and CRS of the dates, each of several those of its own scene,
    unless its `pixel_m` says otherwise.

    Args:
        root: folder of the study.
        study: with the sources.
        headers: of their scenes, by name of the source.
        dates: targets of the dates.
        findings: to which problems and notes are added.
    """
    targets = []
    for name, header in headers.items():
        source = study.sources[name]
        dates_m = (dates[0].grid.pixel_m if dates else study.pixel_m) if name is None else None
        with findings.gathering():
            crs = study.crs if name is None else None
            targets.append(_target(root, name, source, header, crs, source.pixel_m or dates_m))
    findings.notes.extend(_overlap_notes(targets))
    return tuple(targets)


def _target(
    root: Path,
    name: str | None,
    source: PretrainAreaParams,
    header: Header,
    crs_name: str | None,
    pixel_m: float | None,
) -> PreparationTarget:
    with naming(parameter_of(name, "aoi") if source.aoi else None):
        area = read_area(root, source.aoi, [header])
    crs = choose_metric_crs(crs_name, area)
    aoi = area_in_crs(area, crs)
    return PreparationTarget(
        name=PRETRAIN if name is None else f"{PRETRAIN}/{name}",
        header=header,
        inventory=root / source.inventory,
        grid=area_grid(aoi.bounds, header, crs, pixel_m or pixel_size_m(header, crs)),
        aoi=aoi,
        tile_px=source.tile_px,
        weight=source.weight if isinstance(source, SourceParams) else 1.0,
        landslide_share=source.landslide_share,
    )


def _overlap_notes(targets: Sequence[PreparationTarget]) -> list[str]:
    """Return a line for each pair of sources that read the same ground, of one scene or of two."""
    return [
        f"{first.name} and {second.name} read the same ground of "
        f"{' and '.join(dict.fromkeys(each.header.path.name for each in (first, second)))}: what "
        "one learns chooses the threshold of the other; give them areas that do not overlap"
        for first, second in combinations(targets, 2)
        if _overlap(first, second)
    ]


def _overlap(first: PreparationTarget, second: PreparationTarget) -> bool:
    """Return whether two sources share ground; mosaics have no place, and share only their file."""
    mosaics = first.tile_px or second.tile_px
    if mosaics and first.header.path != second.header.path:
        return False
    other = gpd.GeoSeries([second.aoi], crs=second.grid.crs).to_crs(first.grid.crs).iloc[0]
    # Far outside its zone a CRS has no coordinates.
    return bool(np.isfinite(other.bounds).all() and first.aoi.intersection(other).area > 0)
