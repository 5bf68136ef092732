"""Open a study: find its files and describe what there is to prepare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slidelens.errors import SceneError
from slidelens.geo.raster import Header, pixel_size_m
from slidelens.params.schema import Params, StudyParams
from slidelens.study.channels import channel_names
from slidelens.study.checks import fits, require_heights
from slidelens.study.extent import (
    MARGIN_PIXELS,
    area_grid,
    area_in_crs,
    choose_metric_crs,
    read_area,
)
from slidelens.study.layout import find_dem, find_inventories, read_headers, read_pretrain_header
from slidelens.study.study import PRETRAIN, Findings, PreparationTarget, Study


def open_study(params: Params) -> Study:
    """Find and describe a study, reading headers and areas but no pixels; problems are gathered, not raised."""
    study, findings = params.study, Findings()
    root = Path(study.root)
    if not root.is_dir():
        return Study(
            (),
            (),
            None,
            (f"there is no study folder {root}; make it, or set study.root in params.yaml",),
        )
    headers = read_headers(root, study, params.dates, findings)
    inventories = find_inventories(root, params.dates, findings)
    first = read_pretrain_header(root, study, findings)
    # What a later date brings must not move the grid, or every date would have to run again.
    leading = [headers[date] for date in (params.split.dates or params.dates) if date in headers]
    bands = study.bands or next((header.bands for header in (first, *leading) if header), ())
    derived: tuple[str, ...] = ()
    with findings.gathering():
        derived = channel_names(study.derived, bands) if bands else ()
    grounds: tuple[PreparationTarget, ...] = ()
    pretrain = None
    with findings.gathering():
        grounds = _grounds(root, study, headers, inventories, leading) if leading else ()
    with findings.gathering():
        if first and (root / study.pretrain.inventory).exists():
            pretrain = _pretrain_ground(
                root, study, first, grounds[0].grid.pixel_m if grounds else study.pixel_m
            )
    grounds = tuple(ground for ground in grounds if fits(findings, ground, bands, derived))
    pretrain = pretrain if pretrain and fits(findings, pretrain, bands, derived) else None
    dem = find_dem(root, study, grounds, findings)
    with findings.gathering():
        require_heights(study, dem, (*grounds[:1], *((pretrain,) if pretrain else ())))
    reference = None
    with findings.gathering():
        reference = _reference(root, study, headers)
    return Study(
        bands,
        grounds,
        pretrain,
        tuple(findings.problems),
        tuple(findings.notes),
        dem,
        derived,
        reference,
    )


def _reference(root: Path, study: StudyParams, headers: dict[str, Header]) -> str | None:
    """The date in whose light the others are brought. Raises SceneError where it is not clear, or the scenes are mosaics."""
    if study.radiometry == "none":
        return None
    if study.tile_px:
        raise SceneError(
            f"study.radiometry is {study.radiometry}, and tiles of a mosaic have each their own light; set it to none"
        )
    shared = [
        date for date, header in headers.items() if header.path == root / study.pretrain.scene
    ]
    if study.reference is None and not shared:
        raise SceneError(
            f"study.radiometry is {study.radiometry}, and no date's scene is the pretraining scene; set study.reference to the date "
            f"in whose light the others are brought: {', '.join(headers)}"
        )
    return study.reference or shared[0]


def _grounds(
    root: Path,
    study: StudyParams,
    headers: dict[str, Header],
    inventories: dict[str, Path | None],
    leading: Sequence[Header],
) -> tuple[PreparationTarget, ...]:
    area = read_area(
        root, study.aoi or ("aoi.gpkg" if (root / "aoi.gpkg").exists() else None), leading
    )
    crs = choose_metric_crs(study.crs, area)
    shape = area_in_crs(area, crs)
    pixel_m = study.pixel_m or pixel_size_m(leading[0], crs)
    margin_m = 0.0 if study.tile_px else MARGIN_PIXELS * pixel_m
    grid = area_grid(shape.bounds, leading[0], crs, pixel_m, margin_m)
    known = [(date, header) for date, header in headers.items() if date in inventories]
    return tuple(
        PreparationTarget(date, header, inventories[date], grid, shape, study.tile_px)
        for date, header in known
    )


def _pretrain_ground(
    root: Path, study: StudyParams, header: Header, pixel_m: float | None
) -> PreparationTarget:
    area = read_area(root, study.pretrain.aoi, [header])
    crs = choose_metric_crs(study.crs, area)
    shape = area_in_crs(area, crs)
    grid = area_grid(shape.bounds, header, crs, pixel_m or pixel_size_m(header, crs))
    return PreparationTarget(
        PRETRAIN, header, root / study.pretrain.inventory, grid, shape, study.pretrain.tile_px
    )
