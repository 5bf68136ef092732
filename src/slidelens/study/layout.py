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
    with findings.gathering():
        if path.exists():
            return require_dem_reaches(path, targets)
        if study.dem is not None:
            raise SceneError(
                f"there is no height model {path}; "
                f"set study.dem, or null to use {root / DEM} if it exists"
            )
    return None


def read_headers(
    root: Path, study: StudyParams, dates: Sequence[str], findings: Findings
) -> dict[str, Header]:
    """Read the headers of all dates' scenes; note problems and scenes of other dates."""
    headers = {}
    for date in dates:
        with findings.gathering():
            headers[date] = read_header(_scene_path(root, date), study.band_names)
    _note_unlisted(root / "scenes", SCENE_SUFFIXES, dates, findings)
    return headers


def _scene_path(root: Path, date: str) -> Path:
    """Return the scene of a date; raise SceneError if there is none."""
    folder = root / "scenes"
    paths = [folder / f"{date}{suffix}" for suffix in SCENE_SUFFIXES]
    existing = [path for path in paths if path.exists()]
    if not existing:
        dates = sorted({path.stem for path in folder.glob("*") if path.suffix in SCENE_SUFFIXES})
        raise SceneError(
            f"there is no scene {paths[0]}; {folder} has {', '.join(dates) or 'none'}: "
            "set the dates with `slidelens dates …`"
        )
    return existing[0]


def _note_unlisted(
    folder: Path, suffixes: Sequence[str], dates: Sequence[str], findings: Findings
) -> None:
    unlisted = sorted(
        path.name for path in folder.glob("*") if path.suffix in suffixes and path.stem not in dates
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
            if inventories[date] is None:
                findings.notes.append(f"{date} has no inventory: it will be mapped, not scored")
    _note_unlisted(root / "inventories", SUFFIXES, dates, findings)
    return inventories


def read_pretrain_header(root: Path, study: StudyParams, findings: Findings) -> Header | None:
    """Read the header of the pretraining scene; return None and note a problem if it has one."""
    with findings.gathering():
        inventory = root / study.pretrain.inventory
        if not inventory.exists():
            raise InventoryError(
                f"there is no pretraining inventory {inventory}; set study.pretrain.inventory"
            )
    with findings.gathering():
        return read_header(root / study.pretrain.scene, study.band_names)
    return None
