"""Find the files of a training set, and say in one line what was expected and what is there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from slidelens.errors import SceneError
from slidelens.escaping import counted

_MOST_LISTED = 5


def files_in(folder: Path, suffixes: Iterable[str]) -> list[Path]:
    """Return the visible files of a folder with one of the suffixes (lower case), by name."""
    endings = tuple(suffixes)
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith(endings) and not path.name.startswith(".") and path.is_file()
    )


def subfolder(folder: Path, *names: str) -> Path | None:
    """Return the first subfolder with one of the names (lower case), in capitals or not."""
    if not folder.is_dir():
        return None
    found = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    return next((found[name] for name in names if name in found), None)


def not_found(path: Path, expected: str, give: str = "the unpacked folder") -> SceneError:
    """Return the error that a path does not hold a training set.

    Args:
        path: What the user gives.
        expected: What it should hold.
        give: What to give instead.
    """
    if not path.exists():
        return SceneError(f"there is no {path}; check the path")
    if not path.is_dir():
        return SceneError(f"expected {expected}, and {path} is a file; give {give}")
    names = sorted(each.name for each in path.iterdir())
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    listed = ", ".join(names[:_MOST_LISTED]) + more if names else "nothing"
    return SceneError(f"expected {expected}, and {path} holds {listed}; give {give}")


def by_stem(files: Iterable[Path]) -> dict[str, Path]:
    """Return files by their names without suffix.

    Raises:
        SceneError: Two files differ in the suffix alone.
    """
    found: dict[str, Path] = {}
    for path in files:
        if path.stem in found:
            raise SceneError(f"{path.parent} has {found[path.stem].name} and {path.name}; keep one")
        found[path.stem] = path
    return found


def require_masks(images: Iterable[str], masks: Iterable[str], folder: Path) -> None:
    """Raise SceneError unless each image has a mask, and each mask an image."""
    has_image, has_mask = list(images), list(masks)
    for what, lacks, names, others in (
        ("image", "mask", has_image, set(has_mask)),
        ("mask", "image", has_mask, set(has_image)),
    ):
        single = [name for name in names if name not in others]
        if single:
            number = counted(len(single), f"{what} has", f"{what}s have")
            raise SceneError(
                f"{folder}: {number} no {lacks}, first {single[0]}; copy what is missing, or take"
                f" the {what} away"
            )
