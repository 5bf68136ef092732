"""Find the files of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.raster import Header, read_header
from slidelens.geo.vector import SUFFIXES, find_inventory
from slidelens.params.schema import StudyParams
from slidelens.study.checks import require_dem_reaches
from slidelens.study.study import DEM, Findings, PreparationTarget

SCENE_SUFFIXES = (".tif", ".tiff", ".vrt")


def find_dem(
    root: Path, study: StudyParams, grounds: Sequence[PreparationTarget], findings: Findings
) -> Path | None:
    """The height model that is named, or lies where one would; None where there is none, or it has a problem."""
    path = root / (study.dem or DEM)
    with findings.gathering():
        if path.exists():
            return require_dem_reaches(path, grounds)
        if study.dem is not None:
            raise SceneError(
                f"there is no height model {path}; set study.dem, or null for {root / DEM} where there is one"
            )
    return None


def read_headers(
    root: Path, study: StudyParams, dates: Sequence[str], findings: Findings
) -> dict[str, Header]:
    """Read the headers of all dates' scenes; note problems."""
    headers = {}
    for date in dates:
        with findings.gathering():
            headers[date] = read_header(_scene_path(root, date), study.band_names)
    _note_unlisted(root / "scenes", SCENE_SUFFIXES, dates, findings)
    return headers


def _scene_path(root: Path, date: str) -> Path:
    paths = [root / "scenes" / f"{date}{suffix}" for suffix in SCENE_SUFFIXES]
    found = [path for path in paths if path.exists()]
    if not found:
        there = sorted(
            {path.stem for path in (root / "scenes").glob("*") if path.suffix in SCENE_SUFFIXES}
        )
        raise SceneError(
            f"there is no scene {paths[0]}; {root / 'scenes'} has {', '.join(there) or 'none'}: set the dates with `slidelens dates …`"
        )
    return found[0]


def _note_unlisted(
    folder: Path, suffixes: Sequence[str], dates: Sequence[str], findings: Findings
) -> None:
    others = sorted(
        path.name for path in folder.glob("*") if path.suffix in suffixes and path.stem not in dates
    )
    if others:
        findings.notes.append(
            f"{folder} holds {', '.join(others)}, not among the dates; add them with `slidelens dates …` to use them"
        )


def find_inventories(
    root: Path, dates: Sequence[str], findings: Findings
) -> dict[str, Path | None]:
    """Find all dates' inventories; None for a date that is not mapped."""
    found: dict[str, Path | None] = {}
    for date in dates:
        with findings.gathering():
            found[date] = find_inventory(root / "inventories", date)
            if found[date] is None:
                findings.notes.append(f"{date} has no inventory: it will be mapped, not scored")
    _note_unlisted(root / "inventories", SUFFIXES, dates, findings)
    return found


def read_pretrain_header(root: Path, study: StudyParams, findings: Findings) -> Header | None:
    """Read the header of the pretraining scene; None, with a note, where it cannot be read."""
    with findings.gathering():
        if not (root / study.pretrain.inventory).exists():
            raise InventoryError(
                f"there is no pretraining inventory {root / study.pretrain.inventory}; set study.pretrain.inventory"
            )
    with findings.gathering():
        return read_header(root / study.pretrain.scene, study.band_names)
    return None
