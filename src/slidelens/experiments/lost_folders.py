"""Find experiments whose folder a kill left half made or half removed while DVC has them running.

`dvc exp show` then fails until they are ended by `dvc queue kill`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.outputs import process_is_running

_RUNS = ".dvc/tmp/exps/run"


def find_lost_experiments(folder: Path) -> list[str]:
    """Return the names of experiments without a usable folder and without a process.

    Args:
        folder: Folder of dvc.yaml.
    """
    return sorted(set(_lost(folder / _RUNS)))


def _lost(runs: Path) -> Iterator[str]:
    for path in runs.glob("*/*.run"):
        executor, process = _read(path), _read(path.with_suffix(".json"))
        root, name = executor.get("root_dir"), executor.get("name")
        if not (isinstance(root, str) and isinstance(name, str)):
            continue
        number = process.get("pid")
        if isinstance(number, int) and process_is_running(number):
            continue
        has_dvc = (Path(root) / str(executor.get("dvc_dir") or ".dvc")).exists()
        if not (has_dvc and _has_commit(Path(root))):
            yield name


def _has_commit(root: Path) -> bool:
    """Return whether the Git repository of a folder has a commit; DVC fails on one without."""
    command = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _read(path: Path) -> dict[str, Any]:
    """Return the values of a JSON file; none if it is missing or half written."""
    try:
        values = read_json(path)
    except SlidelensError:
        return {}
    return values if isinstance(values, dict) else {}
