"""Open a study: find its files and describe what there is to prepare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slidelens.dataset.change_channels import CHANGE
from slidelens.errors import SceneError
from slidelens.geo.rasters.header import Header, pixel_size_m
from slidelens.params.dates import order_notes, order_problem
from slidelens.params.schema import Params, StudyParams
from slidelens.study.checks.targets import fits, require_heights
from slidelens.study.extent import (
    MARGIN_PIXELS,
    area_grid,
    area_in_crs,
    choose_metric_crs,
    find_area,
    read_area,
)
from slidelens.study.images.change import change_notes
from slidelens.study.images.channels import channel_names
from slidelens.study.layout import find_dem, find_inventories, read_headers, read_source_headers
from slidelens.study.sources import source_targets
from slidelens.study.study import Findings, PreparationTarget, Study, naming


def open_study(params: Params) -> Study:
    """Describe the study of the parameters, reading headers and areas but no pixels.

    Problems are gathered in the result, not raised.
    """
    study, findings = params.study, Findings()
    root = Path(study.root)
    try:
        is_there, is_folder = root.exists(), root.is_dir()
    except OSError:  # a name that is too long
        is_there = is_folder = False
    if not is_folder:
        missing = (
            f"there is no study folder {root}; make it, run `dvc pull {root}` if DVC tracks it, or"
            " set study.root in params.yaml"
        )
        if is_there:
            missing = f"{root} is no folder; give the study's folder (study.root in params.yaml)"
        return Study(problems=(missing,))
    if problem := order_problem(params.dates, study.order):
        findings.problems.append(problem)
    findings.notes.extend(order_notes(params.listed_dates, params.dates, study.order))
    headers = read_headers(root, study, params.dates, findings)
    inventories = find_inventories(root, params.dates, findings)
    source_headers = read_source_headers(root, study, findings)
    # A date that is added later must not move the grid, or every date would have to run again.
    leading = [headers[date] for date in (params.split.dates or params.dates) if date in headers]
    bands, derived = _bands(study, [*source_headers.values(), *leading], findings)
    targets: tuple[PreparationTarget, ...] = ()
    with findings.gathering():
        targets = _date_targets(root, study, headers, inventories, leading) if leading else ()
    sources = source_targets(root, study, source_headers, targets, findings)
    findings.notes.extend(change_notes(derived, targets, sources))
    targets, sources = (
        tuple(target for target in some if fits(findings, target, bands, derived))
        for some in (targets, sources)
    )
    dem, reference = find_dem(root, study, targets, findings), None
    with findings.gathering():
        require_heights(study, dem, (*targets[:1], *sources))
    with findings.gathering():
        _require_one_place(study)
        reference = _reference_date(root, study, headers)
    return Study(
        bands=bands,
        targets=targets,
        sources=sources,
        problems=tuple(dict.fromkeys(findings.problems)),
        notes=tuple(dict.fromkeys(findings.notes)),
        dem=dem,
        derived=derived,
        reference=reference,
    )


def _bands(
    study: StudyParams, headers: Sequence[Header], findings: Findings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the bands and of the derived channels.

    Unless `study.bands` is set, the bands are those of the first file.
    """
    bands = study.bands or next((header.bands for header in headers), ())
    derived: tuple[str, ...] = ()
    with findings.gathering():
        derived = channel_names(study.derived, bands) if bands else ()
    return bands, derived


def _require_one_place(study: StudyParams) -> None:
    """Raise SceneError if mosaics should be registered, or compared with each other."""
    if study.tile_px and CHANGE in study.derived:
        raise SceneError(
            "study.derived has change, but the tiles of a mosaic have no common place; take "
            "change out"
        )
    if study.tile_px and study.registration != "none":
        raise SceneError(
            f"study.register is {study.registration}, but the tiles of a mosaic have no common "
            "place; set it to none"
        )


def _reference_date(root: Path, study: StudyParams, headers: dict[str, Header]) -> str | None:
    """Return the date to whose radiometry the others are normalised; None to leave them.

    Raises:
        SceneError: No date is set and none follows from the files, or the scenes are mosaics.
    """
    if study.radiometry == "none":
        return None
    if study.tile_px:
        raise SceneError(
            f"study.radiometry is {study.radiometry}, but the tiles of a mosaic have no common "
            "radiometry; set it to none"
        )
    if study.reference is not None:
        return study.reference
    scenes = {root / source.scene for source in study.sources.values()}
    shared = [date for date, header in headers.items() if header.path in scenes]
    if not shared:
        raise SceneError(
            f"study.radiometry is {study.radiometry}, and no date's scene is the pretraining "
            "scene; set study.reference to the date that the others are normalised to: "
            f"{', '.join(headers)}"
        )
    return shared[0]


def _date_targets(
    root: Path,
    study: StudyParams,
    headers: dict[str, Header],
    inventories: dict[str, Path | None],
    leading: Sequence[Header],
) -> tuple[PreparationTarget, ...]:
    """Return the targets of the dates that have a header, all on one grid.

    Area, CRS and pixel follow from the leading headers unless the parameters set them.
    """
    area_name = study.aoi or find_area(root)
    with naming("study.aoi" if study.aoi else None):
        area = read_area(root, area_name, leading)
    crs = choose_metric_crs(study.crs, area)
    aoi = area_in_crs(area, crs)
    pixel_m = study.pixel_m or pixel_size_m(leading[0], crs)
    margin_m = 0.0 if study.tile_px else MARGIN_PIXELS * pixel_m
    grid = area_grid(aoi.bounds, leading[0], crs, pixel_m, margin_m)
    return tuple(
        PreparationTarget(
            name=date,
            header=header,
            inventory=inventories[date],
            grid=grid,
            aoi=aoi,
            tile_px=study.tile_px,
        )
        for date, header in headers.items()
        if date in inventories
    )
