"""Find the prepared sources of pretraining: one in its folder, or several in folders below it."""

from __future__ import annotations

from pathlib import Path


def source_folders(folder: Path) -> dict[str, Path]:
    """Return the folders of the prepared sources by name, in the order of their names.

    Args:
        folder: data/prepared/pretrain.

    Returns:
        `pretrain` and the folder itself if it holds prepared data; else `pretrain/<name>` and the
        folder below it for each source.
    """
    below = sorted(path.parent for path in folder.glob("*/statistics.json"))
    if not below or (folder / "statistics.json").exists():
        return {folder.name: folder}
    return {f"{folder.name}/{path.name}": path for path in below}
