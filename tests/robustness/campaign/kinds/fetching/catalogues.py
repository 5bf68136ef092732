"""Writers of STAC catalogues: static folders, tables, and APIs on the loopback interface."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from robustness.campaign.item import SERVED
from robustness.campaign.materials import copy
from support.servers import faulty_server
from support.stac.server import stac_server

Json = dict[str, Any]
Change = Callable[[Json], object]
CATALOGUE, AREA, ITEM = "catalogue", "area.gpkg", "S2A_32654_20180916_0_L2A"
COLLECTION_FILE = "sentinel-2-l2a.json"


def write_sound(folder: Path) -> None:
    """Write an area and a catalogue of one image of it."""
    copy(CATALOGUE, folder / CATALOGUE)
    copy(AREA, folder / AREA)


def file_changed(name: str, change: Change) -> Callable[[Path], None]:
    """Return a writer of the catalogue with one of its JSON files changed."""

    def write(folder: Path) -> None:
        write_sound(folder)
        path = folder / CATALOGUE / name
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))

    return write


def file_replaced(name: str, write_file: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a writer of the catalogue with another file in the place of one of its files."""

    def write(folder: Path) -> None:
        write_sound(folder)
        path = folder / CATALOGUE / name
        path.unlink()
        write_file(path)

    return write


def linked(rel: str, *hrefs: Any) -> Change:
    """Return a change that gives an object these links alone."""
    return lambda values: values.update(links=[{"rel": rel, "href": href} for href in hrefs])


def served(folder: Path, server: AbstractContextManager[Any]) -> None:
    """Start a server in a process of its own, which ends with the input's, and note its address."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        with server as state:
            os.write(writing, str(state.address).encode())
            os.close(writing)
            signal.pause()
    os.close(writing)
    (folder / SERVED).write_bytes(os.read(reading, 100))
    os.close(reading)


def faulty(fault: str) -> Callable[[Path], None]:
    """Return a writer of an area, and of a server that always fails in one way."""

    def write(folder: Path) -> None:
        copy(AREA, folder / AREA)
        served(folder, faulty_server(fault))

    return write


def api(page: int = 100, **answers: Any) -> Callable[[Path], None]:
    """Return a writer of the catalogue behind an API.

    Args:
        page: Items of a page.
        answers: As `stac_server` takes them.
    """

    def write(folder: Path) -> None:
        write_sound(folder)
        served(folder, stac_server(folder / CATALOGUE, page, **answers))

    return write


def failing(path: str, status: int) -> Callable[[Path], None]:
    """Return a writer of the catalogue behind an API that fails for some paths alone."""

    def write(folder: Path) -> None:
        write_sound(folder)
        server = stac_server(folder / CATALOGUE)
        served(folder, _Failing(server, path, status))

    return write


class _Failing(AbstractContextManager[Any]):
    """A server that answers some paths with a status."""

    def __init__(self, server: AbstractContextManager[Any], path: str, status: int) -> None:
        self._server, self._path, self._status = server, path, status

    def __enter__(self) -> Any:
        state = self._server.__enter__()
        state.fails = lambda _, path: self._status if self._path in path else 0
        return state

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(None, None, None)


def table(write_table: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a writer of an area and a stac-geoparquet file."""

    def write(folder: Path) -> None:
        copy(AREA, folder / AREA)
        write_table(folder / "items.parquet")

    return write
