"""Prepare the data of experiments: once, and not in every experiment again."""

from __future__ import annotations

import subprocess
from pathlib import Path

from slidelens.errors import SlidelensError
from slidelens.experiments.experiment import and_more
from slidelens.experiments.repository import DvcRepository
from slidelens.geo.vector import SUFFIXES
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.study.layout import SCENE_SUFFIXES

_DATA_SUFFIXES = (*SCENE_SUFFIXES, *SUFFIXES)


def prepare_data(repository: DvcRepository) -> Params:
    """Run the stage `prepare` and return the parameters.

    Raises:
        SlidelensError: If the stage fails, or if a file of the study is known neither to Git nor
            to DVC: experiments run in copies of what these know.
    """
    params = load_params(repository.folder / "params.yaml")
    _require_tracked(repository.folder, Path(params.study.root))
    repository.dvc("repro", "prepare", shown=True)
    return params


def _require_tracked(folder: Path, root: Path) -> None:
    is_stage_output = (folder / root.parent / "dvc.yaml").exists()  # as the demo study is
    if is_stage_output or root.is_absolute() or not (folder / root / "scenes").is_dir():
        return  # an absolute path is outside of every copy; `prepare` reports a missing study
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", str(root)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    in_git = set(listed.split("\0"))
    files = [
        path.relative_to(folder)
        for path in sorted((folder / root).rglob("*"))
        if path.suffix in _DATA_SUFFIXES and path.is_file()
    ]
    unknown = [file for file in files if str(file) not in in_git and not _in_dvc(folder, file)]
    if unknown:
        names = sorted({file.relative_to(root).parts[0] for file in unknown})
        raise SlidelensError(
            f"{unknown[0]}{and_more(unknown)} is known neither to Git nor to DVC, and "
            f"experiments would not find it; run `dvc add {' '.join(str(root / n) for n in names)}`"
            ", and `git add` and commit what it writes"
        )


def _in_dvc(folder: Path, file: Path) -> bool:
    """Return whether the file, or a folder that it is in, has been added to DVC."""
    return any((folder / f"{path}.dvc").exists() for path in (file, *file.parents))
