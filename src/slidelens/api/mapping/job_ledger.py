"""The ledger of several scenes: a line a scene in jobs.csv, which reruns go on from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from slidelens.errors import OutputError
from slidelens.escaping import csv_cell
from slidelens.files import write_text
from slidelens.learning.tiling.exclusive import hold_folder
from slidelens.outputs import output_folder

LEDGER = "jobs.csv"
HIDDEN = (".lock", ".remote")  # files of this package beside the ledger
State = Literal["done", "failed", "waiting"]


@dataclass(frozen=True)
class Job:
    """A line of the ledger.

    Attributes:
        scene: Where the scene comes from.
        folder: Name of its folder.
        state: done, failed, or waiting.
        landslides: Number of landslides; None unless done, as all numbers.
        area_m2: Their area, m².
        mapped_km2: Area of the valid pixels, km².
        threshold: Probability from which a pixel is landslide.
        seconds: Time that the map took.
        message: Why it failed.
        identity: Digest of the scene, the weights and the options.
    """

    scene: str
    folder: str
    state: State
    landslides: int | None = None
    area_m2: float | None = None
    mapped_km2: float | None = None
    threshold: float | None = None
    seconds: float | None = None
    message: str = ""
    identity: str = ""

    @property
    def failure(self) -> str:
        """The scene and why it failed."""
        known = self.scene in self.message
        return self.message if known else f"{self.scene}: {self.message}"

    def result(self) -> dict[str, object]:
        """Return what is printed of a finished scene."""
        names = ("scene", "folder", "landslides", "area_m2", "mapped_km2", "threshold")
        return {name: getattr(self, name) for name in names}


@dataclass
class Ledger:
    """The jobs of an output folder.

    Attributes:
        folder: The output folder.
        jobs: By name of the scene's folder.
    """

    folder: Path
    jobs: dict[str, Job] = field(default_factory=dict)

    def put(self, *jobs: Job) -> None:
        """Add or replace jobs, and write the ledger atomically.

        Raises:
            OutputError: It cannot be written.
        """
        self.jobs |= {job.folder: job for job in jobs}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(field.name for field in fields(Job))
        for job in self.jobs.values():
            writer.writerow(csv_cell(_as_text(value)) for value in asdict(job).values())
        write_text(self.folder / LEDGER, text.getvalue())


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


@contextmanager
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """Yield the ledger of an output folder, which no other process works in meanwhile.

    Args:
        folder: A folder with a ledger, or a new or empty one.

    Raises:
        OutputError: It holds other files, another process works in it, or it cannot be written.
    """
    require_ledger_or_nothing(folder)
    with hold_folder(folder, HIDDEN[0], "maps scenes into it"):
        yield Ledger(folder, {job.folder: job for job in _read(folder / LEDGER)})


def require_ledger_or_nothing(folder: Path) -> None:
    """Raise OutputError unless a folder is new, empty, or one of several scenes.

    Args:
        folder: The output folder.
    """
    if not folder.is_dir():
        output_folder(folder)
        return
    names = sorted(path.name for path in folder.iterdir() if path.name not in HIDDEN)
    if names and _header(folder / LEDGER) != [field.name for field in fields(Job)]:
        raise OutputError(
            f"{folder} holds {names[0]} and no {LEDGER} of slidelens; nothing in it is overwritten:"
            " name a new folder"
        )


def _header(path: Path) -> list[str]:
    with (
        suppress(OSError, ValueError, csv.Error),
        path.open(encoding="utf-8", errors="replace", newline="") as file,
    ):
        return next(csv.reader(file), [])
    return []


def _read(path: Path) -> Iterator[Job]:
    """Yield the jobs of a ledger; lines that are no jobs are left out."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            with suppress(KeyError, TypeError, ValueError):
                yield _job(row)


def _job(row: dict[str, str]) -> Job:
    if row["state"] not in ("done", "failed", "waiting"):
        raise ValueError(row["state"])
    numbers = {
        name: float(row[name]) if row[name] else None
        for name in ("area_m2", "mapped_km2", "threshold", "seconds")
    }
    values: dict[str, Any] = {
        **{name: row[name] for name in ("scene", "folder", "state", "message", "identity")},
        "landslides": int(row["landslides"]) if row["landslides"] else None,
        **numbers,
    }
    return Job(**values)
