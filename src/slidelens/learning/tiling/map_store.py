"""The map of a scene while it is made: finished tiles, in memory or in files.

In files it survives the end of the process: the same job goes on from the tiles that its ledger
lists, each with a checksum of what was written.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from slidelens.errors import GridError, SceneError, WeightsError
from slidelens.geo.windowed import FileArray, MemoryArray, Part, WindowedArray
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.exclusive import hold_folder
from slidelens.learning.tiling.tile_job import MappedTile
from slidelens.learning.tiling.tile_source import TileSummary

_SUMMARY = TypeAdapter(TileSummary)
_LAYERS = {"probability": np.float32, "deviation": np.float32, "valid": np.bool_}
_JOB, _LEDGER, _LOCK = "job.json", "finished.jsonl", "lock"
_OF_INPUTS = (SceneError, GridError, WeightsError)  # errors after which the same job fails again


class WritableArray(WindowedArray, Protocol):
    """A windowed array that can be written."""

    def write(self, part: Part, values: NDArray[Any]) -> None:
        """Replace the values of some rows and columns."""


@dataclass
class MapStore:
    """Finished tiles of a map.

    Attributes:
        layers: probability, valid, and deviation if the network gives one.
        tiles: All tiles of the scene.
        finished: Summaries of the finished tiles, by position in `tiles`.
        folder: Where the layers are; None in memory.
    """

    layers: Mapping[str, WritableArray]
    tiles: Sequence[Window]
    finished: dict[int, TileSummary] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the map, pixels."""
        return self.layers["valid"].shape

    @property
    def missing(self) -> list[int]:
        """Positions of the tiles that are not finished."""
        return [position for position in range(len(self.tiles)) if position not in self.finished]

    @property
    def summaries(self) -> list[TileSummary]:
        """Summaries of the finished tiles, in the order of the tiles."""
        return [self.finished[position] for position in sorted(self.finished)]

    def write(self, position: int, tile: MappedTile) -> None:
        """Store a tile.

        Raises:
            OSError: The disk is full.
        """
        part = self.tiles[position].core(self.shape)
        values = _layers_of(tile)
        for name, layer in self.layers.items():
            layer.write(part, values[name])
        self.finished[position] = tile.summary
        if self.folder is not None:
            checksum = _checksum(values[name] for name in self.layers)
            line = json.dumps({"tile": position, "crc": checksum, **asdict(tile.summary)})
            with (self.folder / _LEDGER).open("a", encoding="ascii") as ledger:
                ledger.write(line + "\n")

    def restore(self) -> None:
        """Take over the tiles that the ledger lists, if the layers hold what was written."""
        if self.folder is None:
            return
        for record in _read_ledger(self.folder / _LEDGER):
            with suppress(KeyError, IndexError, TypeError, ValueError):  # garbled
                position, checksum = int(record.pop("tile")), record.pop("crc")
                part = self.tiles[position].core(self.shape)
                summary = _SUMMARY.validate_python(record)
                if _checksum(layer.read(part) for layer in self.layers.values()) == checksum:
                    self.finished[position] = summary


def store_in_memory(tiles: Sequence[Window], shape: tuple[int, int], deviates: bool) -> MapStore:
    """Return an empty store in memory.

    Args:
        tiles: Tiles of the scene.
        shape: Height and width of the scene, pixels.
        deviates: Whether the network gives a standard deviation.
    """
    layers = {name: MemoryArray(np.zeros(shape, _LAYERS[name])) for name in _names(deviates)}
    return MapStore(layers, tiles)


@contextmanager
def store_in_files(
    folder: Path,
    tiles: Sequence[Window],
    shape: tuple[int, int],
    deviates: bool,
    job: Mapping[str, object],
    remote: bool = False,
) -> Iterator[MapStore]:
    """Yield a store in a folder, with the tiles that the same job has finished before.

    The folder is removed when the block succeeds, or fails because of the scene or the weights. It
    stays after any other error (a full disk, a process that was killed), and where a tile of a
    remote scene could not be read, so that the same job can go on.

    Args:
        folder: The folder; one of another job is emptied first.
        tiles: Tiles of the scene.
        shape: Height and width of the scene, pixels.
        deviates: Whether the network gives a standard deviation.
        job: Everything that the map depends on.
        remote: Whether the scene is read over a network, which may work another time.

    Raises:
        OutputError: Another process works on the folder.
        OSError: The folder cannot be written.
    """
    with hold_folder(folder, _LOCK, "maps the same scene"):
        text = json.dumps(job, sort_keys=True, indent=1)
        if _read_text(folder / _JOB) != text:
            _empty(folder)
            (folder / _JOB).write_text(text, encoding="utf-8")
        layers = {
            name: FileArray(folder / f"{name}.raw", shape, _LAYERS[name])
            for name in _names(deviates)
        }
        store = MapStore(layers, tiles, folder=folder)
        store.restore()
        try:
            yield store
        except _OF_INPUTS:
            if not (remote and store.missing):
                shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def _layers_of(tile: MappedTile) -> dict[str, NDArray[Any]]:
    """Return the layers of a tile by name."""
    deviation = np.zeros_like(tile.probability) if tile.deviation is None else tile.deviation
    return {"probability": tile.probability, "deviation": deviation, "valid": tile.valid}


def _names(deviates: bool) -> list[str]:
    return [name for name in _LAYERS if deviates or name != "deviation"]


def _checksum(layers: Iterator[NDArray[Any]]) -> int:
    checksum = 0
    for values in layers:
        checksum = zlib.crc32(np.ascontiguousarray(values).tobytes(), checksum)
    return checksum


def _read_ledger(path: Path) -> list[dict[str, Any]]:
    """Return the records of a ledger; a last line that was cut off is left out."""
    records = []
    for line in (_read_text(path) or "").splitlines():
        with suppress(ValueError):
            record = json.loads(line)
            records.append(record if isinstance(record, dict) else {})
    return records


def _read_text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != _LOCK:
            path.unlink()
