"""Prepare the data of experiments: once, and not in every experiment again."""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slidelens.errors import SlidelensError, TrackingError
from slidelens.experiments.experiment import and_more
from slidelens.experiments.interruption import restore_workspace
from slidelens.experiments.repository import DvcRepository
from slidelens.layers.inventory_files import SUFFIXES
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.params.yaml_reading import read_yaml
from slidelens.redaction import redact
from slidelens.study.layout import SCENE_SUFFIXES
from slidelens.tracking.experiment import deleted_message
from slidelens.tracking.store import sqlite_path, tracking_uri

log = logging.getLogger(__name__)
_DATA_SUFFIXES = (*SCENE_SUFFIXES, *SUFFIXES)


def prepare_data(repository: DvcRepository, *, needs_runs: bool = False) -> Params:
    """Run the stage `prepare` and return the parameters.

    Args:
        repository: Where to run it.
        needs_runs: Whether the experiments' runs are read from MLflow at the end.

    Raises:
        SlidelensError: If the stage fails, or if a file of the study is known neither to Git nor
            to DVC: experiments run in copies of what these know.
        TrackingError: If runs are needed and someone has deleted MLflow's experiment.
    """
    restore_workspace(repository.folder)
    params = load_params(repository.folder / "params.yaml")
    say_if_runs_are_deleted(repository.folder, needs_runs=needs_runs)
    _require_tracked(repository.folder, Path(params.study.root))
    repository.dvc("repro", "prepare", shown=True)
    return params


def require_plots(repository: DvcRepository) -> None:
    """Check that DVC's cache has the folders of the plots, as dvc.lock names them.

    At its end an experiment looks into these folders, and fails without them, unless its own stages
    have made them.

    Raises:
        SlidelensError: The cache lacks one, as in a fresh clone.
    """
    lacking = json.loads(repository.dvc("data", "status", "--json")).get("not_in_cache", [])
    if not lacking:
        return
    pipeline = read_yaml(repository.folder / "dvc.yaml", "pipeline", SlidelensError)
    files = list(_plot_files(pipeline.get("plots", [])))
    for folder in lacking:
        if any(f"{file}/".startswith(folder) for file in files):
            raise SlidelensError(
                f"DVC's cache lacks {folder} of dvc.lock, where plots are; without it experiments"
                f" fail at their end; run `dvc pull {folder.rstrip('/')}` or `dvc repro`"
            )


def _plot_files(plots: list[Any]) -> Iterator[str]:
    """Yield the files and folders that the plots of dvc.yaml name."""
    for plot in plots:
        for name, properties in plot.items() if isinstance(plot, dict) else [(plot, None)]:
            y = (properties or {}).get("y")
            yield from y if isinstance(y, dict) else [name]


def say_if_runs_are_deleted(folder: Path, *, needs_runs: bool = False) -> None:
    """Warn if someone has deleted the MLflow experiment, so that no runs can be logged or read.

    Args:
        folder: Folder of dvc.yaml.
        needs_runs: Raise TrackingError instead, and warn of a server that does not answer.
    """
    uri = tracking_uri(folder)
    message = deleted_message(uri)
    if message and needs_runs:
        raise TrackingError(message)
    if message:
        log.warning("%s", message)
    if message is None and needs_runs and not sqlite_path(uri):
        log.warning(
            "the MLflow server %s does not answer; experiments run without it, but the table at"
            " their end needs it: start it meanwhile, or run the same command again then",
            redact(uri),
        )


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
        if path.suffix.lower() in _DATA_SUFFIXES and path.is_file()
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
