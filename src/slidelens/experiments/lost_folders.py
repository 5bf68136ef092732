"""Find experiments whose folder a kill took away while DVC believes that they run.

`dvc exp show` then fails until they are ended by `dvc queue kill`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slidelens.errors import SlidelensError
from slidelens.files import read_json
from slidelens.outputs import process_is_running

_RUNS = ".dvc/tmp/exps/run"


def find_lost_experiments(folder: Path) -> list[str]:
    """Return the names of experiments without a folder and without a process.

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
        has_folder = (Path(root) / str(executor.get("dvc_dir") or ".dvc")).exists()
        number = process.get("pid")
        if not has_folder and not (isinstance(number, int) and process_is_running(number)):
            yield name


def _read(path: Path) -> dict[str, Any]:
    """Return the values of a JSON file; none if it is missing or half written."""
    try:
        values = read_json(path)
    except SlidelensError:
        return {}
    return values if isinstance(values, dict) else {}
