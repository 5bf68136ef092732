"""What the contenders get: a study's scene, mirrored to any size, and weights."""

from __future__ import annotations

import json
import shutil
import subprocess
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import h5py

from benchmarks.speed.environment import ROOT
from benchmarks.speed.make_scene import make_scene, side_px
from slidelens.errors import SlidelensError

WORK = ROOT / ".slidelens/bench-speed"
METADATA = "slidelens"  # attribute of a weights file


@dataclass(frozen=True)
class Study:
    """A repository whose pipeline has run.

    Attributes:
        folder: The repository.
        date: The date whose scene and weights are used.
    """

    folder: Path
    date: str

    @property
    def scene(self) -> Path:
        """The scene of the date as the demo wrote it."""
        return self.folder / "demo/study/scenes" / f"{self.date}.tif"

    @property
    def prepared(self) -> Path:
        """The folder with scene.tif and labels.tif on one grid."""
        return self.folder / "data/prepared" / self.date

    @property
    def weights(self) -> Path:
        """The weights of the date."""
        return self.folder / "models" / f"{self.date}.weights.h5"

    def require(self) -> None:
        """Raise SlidelensError unless all files exist."""
        needed = (self.scene, self.weights, self.prepared / "scene.tif")
        if missing := [path for path in needed if not path.exists()]:
            raise SlidelensError(
                f"there is no {missing[0]}; run the pipeline on the demo first (`make repro`),"
                " or name its folder with --study"
            )


def add_study(parser: ArgumentParser) -> None:
    """Add `--study` and `--date`, whose scene and weights are used, and `--work`."""
    parser.add_argument("--study", type=Path, default=ROOT)
    parser.add_argument("--date", default="2016")
    parser.add_argument("--work", type=Path, default=WORK)


def weights_for(study: Study, symmetries: int | None, work: Path) -> Path:
    """Return weights of a study, and make the folder of work.

    Args:
        study: The study, which has to be complete.
        symmetries: Over which maps are averaged; None: as in the study.
        work: Folder for weights that are made.

    Raises:
        SlidelensError: The pipeline has not run.
    """
    study.require()
    work.mkdir(parents=True, exist_ok=True)
    if symmetries is None:
        return study.weights.resolve()
    weights = work / "symmetries.weights.h5"
    weights_with(study.weights, symmetries, weights)
    return weights


def weights_with(weights: Path, symmetries: int, out: Path) -> dict[str, list[float]]:
    """Copy a weights file with another number of symmetries; return its band statistics.

    Args:
        weights: Weights file.
        symmetries: Over which maps are averaged: 1, 4 or 8.
        out: Weights file to write.
    """
    shutil.copyfile(weights, out)
    with h5py.File(out, "a") as file:
        metadata = json.loads(file.attrs[METADATA])
        file.attrs[METADATA] = json.dumps(metadata | {"symmetries": symmetries}, sort_keys=True)
    return {name: metadata["statistics"][name] for name in ("mean", "deviation")}


def mirrored_scene(study: Study, pixels: float, work: Path) -> Path:
    """Return the scene of a study mirrored to so many pixels; make it if it is not there."""
    path = work / f"{study.date}_{side_px(pixels)}.tif"
    if not path.exists():
        temporary = path.with_suffix(".part.tif")
        make_scene(study.scene, temporary, side_px(pixels), side_px(pixels))
        temporary.replace(path)
    return path


def source_of(commit: str, work: Path) -> Path:
    """Return the folder `src` of an earlier commit, taken from the repository's history."""
    folder = work / f"source-{commit}"
    if not (folder / "src").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(
            ["git", "-C", ROOT, "archive", commit, "src"], capture_output=True, check=False
        )
        if archive.returncode:
            reason = archive.stderr.decode(errors="replace").strip()
            raise SlidelensError(f"git has no {commit} ({reason}); give another --before")
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "src"


def commit_of_checkout() -> str:
    """Return the short hash of the commit, with `+` if files have changed since."""
    words = ["git", "-C", str(ROOT)]
    head = subprocess.run(
        [*words, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        [*words, "status", "--porcelain", "--", "src"], capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
