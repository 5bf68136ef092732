"""Identify the experiment to which a run belongs, and hash its data."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def data_hashes(paths: Iterable[Path]) -> dict[str, str]:
    """Return the MD5 of each file or folder by its path, as DVC writes it to dvc.lock."""
    return {
        Path(path).as_posix(): _folder_md5(Path(path))
        if Path(path).is_dir()
        else _file_md5(Path(path))
        for path in paths
    }


def _folder_md5(folder: Path) -> str:
    files = sorted(
        (path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()
    )
    entries = [{"md5": _file_md5(path), "relpath": name} for name, path in files]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _file_md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings; names are joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        nested = isinstance(value, Mapping) and value
        flat |= flatten(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return flat


@dataclass(frozen=True)
class Identity:
    """An experiment: its DVC name and baseline (or the Git revision) and all parameters.

    Attributes:
        key: Digest, the same for all stages of an experiment.
        name: Name of the experiment's run.
        tags: Git revision, and DVC's name and baseline if known.
    """

    key: str
    name: str
    tags: dict[str, str]


def identify(params: Mapping[str, str]) -> Identity:
    """Return the experiment for which this process works.

    Args:
        params: All parameters of params.yaml, flat and as text.
    """
    revision = _git_revision()
    dvc_name = os.environ.get("DVC_EXP_NAME")
    baseline = os.environ.get("DVC_EXP_BASELINE_REV", "")
    key = short_digest([dvc_name, baseline or revision, sorted(params.items())])
    name = dvc_name or f"repro-{revision[:7] or 'no-git'}-{key[:6]}"
    tags = {
        "git.revision": revision,
        "mlflow.source.git.commit": revision,
        "dvc.exp_name": dvc_name,
        "dvc.baseline_rev": baseline,
    }
    return Identity(key, name, {name: value for name, value in tags.items() if value})


def short_digest(value: object) -> str:
    """Return 16 hexadecimal digits of a value's SHA-256."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _git_revision() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
