"""Find the files of a study."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.rasters.header import Header, read_header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.file import split_layer
from slidelens.layers.inventory_files import SUFFIXES, find_inventory
from slidelens.params.schema import StudyParams
from slidelens.params.sources import parameter_of
from slidelens.resources import require_readable_file
from slidelens.study.checks.targets import require_dem_reaches
from slidelens.study.study import DEM, Findings, PreparationTarget, naming

SCENE_SUFFIXES = (".tif", ".tiff", ".vrt")
_MOST_NAMED = 12  # files in a message
_OTHER_RASTERS = (".asc", ".bil", ".ecw", ".hdf", ".img", ".jp2", ".jpg", ".nc", ".png", ".sid")


def find_dem(
    root: Path, study: StudyParams, targets: Sequence[PreparationTarget], findings: Findings
) -> Path | None:
    """Return the height model of the parameters or of the default path.

    Args:
        root: folder of the study.
        study: with `dem`.
        targets: whose area the height model must reach.
        findings: to which a problem is added.

    Returns:
        None if there is none, or it has a problem.
    """
    path = root / (study.dem or DEM)
    if study.dem is None and not path.exists():
        return None
    with findings.gathering(), naming("study.dem" if study.dem else None):
        return require_dem_reaches(path, targets)
    return None


def reading_options(study: StudyParams) -> ReadingOptions:
    """Return what the parameters say about the scenes."""
    return ReadingOptions(
        band_names=study.band_names,
        nodata=study.nodata,
        names_option="study.band_names",
        nodata_option="study.nodata",
        precedence="foreign",
    )


def read_headers(
    root: Path, study: StudyParams, dates: Sequence[str], findings: Findings
) -> dict[str, Header]:
    """Read the headers of all dates' scenes; note problems and scenes of other dates."""
    headers: dict[str, Header] = {}
    folder = root / "scenes"
    if not any(path for path in folder.glob("*") if not path.name.startswith(".")):
        findings.problems.append(
            f"{folder} has no image: copy one of each date there, such as {dates[0]}.tif; if the"
            " dates are others, set them with `slidelens dates …`"
        )
        return headers
    for date in dates:
        with findings.gathering():
            headers[date] = read_header(_scene_path(root, date), reading_options(study))
    _note_unlisted(folder, SCENE_SUFFIXES, dates, findings)
    return headers


def _scene_path(root: Path, date: str) -> Path:
    """Return the scene of a date; raise SceneError if there is none."""
    folder = root / "scenes"
    scenes = [path for path in folder.glob("*") if path.suffix.lower() in SCENE_SUFFIXES]
    existing = [path for path in scenes if path.stem == date]
    if len(existing) > 1:
        names = ", ".join(sorted(path.name for path in existing))
        raise SceneError(f"{folder} has {len(existing)} scenes for {date}: {names}; keep one")
    if not existing:
        raise _no_scene(folder, date, sorted({path.stem for path in scenes}))
    return existing[0]


def _no_scene(folder: Path, date: str, dates: Sequence[str]) -> SceneError:
    """Return the error that a date has no scene, or one that cannot be used."""
    others = [
        path
        for path in sorted(folder.glob("*"))
        if path.stem == date and path.suffix.lower() in _OTHER_RASTERS
    ]
    path = folder / f"{date}{SCENE_SUFFIXES[0]}"
    parts = _single_bands(folder, date)
    if len(parts) > 1:
        files = " ".join(shlex.quote(str(part)) for part in parts)
        stacked = shlex.quote(str(folder / f"{date}.vrt"))
        return SceneError(
            f"there is no scene {path}, but {len(parts)} files of one band each; make one of them,"
            f" in the order of the bands: `gdalbuildvrt -separate {stacked} {files}`"
        )
    if others:
        return SceneError(
            f"{others[0]} cannot be used as it is; convert it with "
            f"`gdal_translate {others[0]} {path}`"
        )
    return SceneError(
        f"there is no scene {path}; {folder} has {', '.join(dates) or 'none'}: copy it there, or "
        "set the dates with `slidelens dates …`"
    )


def _single_bands(folder: Path, date: str) -> list[Path]:
    """Return the files of a date that hold one band each: 2014_B2.tif, or B2.tif in a folder."""
    named = re.compile(rf"{re.escape(date)}[-_. ]", re.IGNORECASE)
    files = [path for path in folder.glob("*") if named.match(path.name)]
    files += (folder / date).glob("*")
    single = []
    for path in sorted(files):
        if path.suffix.lower() in (*SCENE_SUFFIXES, *_OTHER_RASTERS):
            with suppress(SceneError), open_dataset(path) as dataset:
                if dataset.count == 1:
                    single.append(path)
    return single[:_MOST_NAMED]


def _note_unlisted(
    folder: Path, suffixes: Sequence[str], dates: Sequence[str], findings: Findings
) -> None:
    unlisted = sorted(
        path.name
        for path in folder.glob("*")
        if path.suffix.lower() in suffixes and path.stem not in dates
    )
    if unlisted:
        findings.notes.append(
            f"{folder} holds {', '.join(unlisted)}, not among the dates; "
            "add them with `slidelens dates …` to use them"
        )


def find_inventories(
    root: Path, dates: Sequence[str], findings: Findings
) -> dict[str, Path | None]:
    """Find all dates' inventories; None for a date that is not mapped.

    Dates without inventory, inventories of other dates and problems are noted.
    """
    inventories: dict[str, Path | None] = {}
    for date in dates:
        with findings.gathering():
            inventories[date] = find_inventory(root / "inventories", date)
    bare = [date for date, path in inventories.items() if path is None]
    if bare:
        are = "has no inventory: it" if len(bare) == 1 else "have no inventory: they"
        findings.notes.append(f"{', '.join(bare)} {are} will be mapped, not scored")
    _note_unlisted(root / "inventories", SUFFIXES, dates, findings)
    return inventories


def read_source_headers(
    root: Path, study: StudyParams, findings: Findings
) -> dict[str | None, Header]:
    """Read the headers of the pretraining scenes by name of the source; note problems.

    A source without a scene is left out.
    """
    headers: dict[str | None, Header] = {}
    for name, source in study.sources.items():
        inventory, _ = split_layer(root / source.inventory)
        with findings.gathering(), naming(parameter_of(name, "inventory")):
            require_readable_file(inventory, "inventory", InventoryError)
        with findings.gathering(), naming(parameter_of(name, "scene")):
            headers[name] = read_header(root / source.scene, reading_options(study))
    return headers
