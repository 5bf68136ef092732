"""What makes two runs the same experiment, and the hashes of data."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


def data_hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The MD5 of each file or folder under its path as given, the same as DVC writes into dvc.lock."""
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
    """Nested mappings as one, names joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        nested = isinstance(value, Mapping) and value
        flat |= flatten(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return flat


@dataclass(frozen=True)
class Identity:
    """What makes an experiment one: its DVC name and baseline (or the Git revision) and every parameter."""

    key: str
    name: str
    tags: dict[str, str]


def identify(params: Mapping[str, str]) -> Identity:
    """The experiment that this process works for. params: all of params.yaml, flat, as logged."""
    revision, dvc_name, baseline = (
        _git_revision(),
        os.environ.get("DVC_EXP_NAME"),
        os.environ.get("DVC_EXP_BASELINE_REV", ""),
    )
    key = short_digest([dvc_name, baseline or revision, sorted(params.items())])
    name = dvc_name or f"repro-{revision[:7] or 'no-git'}-{key[:6]}"
    known = {
        "git.revision": revision,
        "mlflow.source.git.commit": revision,
        "dvc.exp_name": dvc_name,
        "dvc.baseline_rev": baseline,
    }
    return Identity(key, name, {name: value for name, value in known.items() if value})


def short_digest(value: object) -> str:
    """Return 16 hexadecimal digits of a value’s SHA-256."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _git_revision() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
