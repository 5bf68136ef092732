"""Where the files of a catalogue lie, and how its parts refer to them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from slidelens.errors import ParamsError

_BESIDE = (".aux.xml", ".ovr", ".msk")  # files of GDAL that belong to a raster


@dataclass(frozen=True)
class Places:
    """Where the files of a catalogue lie.

    Attributes:
        folder: The folder of the catalogue.
        temporary: The folder that it is written in, which takes the place of the other one.
        copies: Whether files of the study are copied into the catalogue.
    """

    folder: Path
    temporary: Path
    copies: bool = False
    _placed: dict[Path, str] = field(default_factory=dict)

    def path_of(self, source: Path) -> str:
        """Return the path of a file of the study that `place` returned before.

        Args:
            source: The file.
        """
        return self._placed[source]

    def place(self, source: Path, name: str) -> str:
        """Return the path of a file of the study, from the folder of the catalogue.

        Args:
            source: The file.
            name: Its path in the catalogue if it is copied.

        Raises:
            ParamsError: It cannot be copied, as it names other files.
        """
        self._placed[source] = self._place(source, name)
        return self._placed[source]

    def _place(self, source: Path, name: str) -> str:
        if not self.copies:
            return Path(os.path.relpath(source.resolve(), self.folder.resolve())).as_posix()
        if source.suffix.lower() == ".vrt":
            raise ParamsError(
                f"{source} is a VRT, which names other files, and cannot be copied alone; leave"
                " out copy (--copy), or make it a GeoTIFF with gdal_translate"
            )
        self.copy(source, name)
        for ending in _BESIDE:
            beside = source.with_name(source.name + ending)
            if beside.is_file():
                self.copy(beside, name + ending)
        return name

    def copy(self, source: Path, name: str) -> None:
        """Copy a file into the catalogue.

        Args:
            source: The file.
            name: Its path in the catalogue.
        """
        shutil.copyfile(source, self.new(name))

    def new(self, name: str) -> Path:
        """Return the path at which a file of the catalogue is written.

        Args:
            name: Its path in the catalogue.
        """
        path = self.temporary / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def size_bytes(self, name: str) -> int:
        """Return the size of a file.

        Args:
            name: Its path from the folder of the catalogue.
        """
        written = self.temporary / name
        kept = Path(os.path.normpath(self.folder.resolve() / name))  # the folder may not exist yet
        return (written if written.is_file() else kept).stat().st_size


def href(name: str, item: str = "") -> str:
    """Return a link to a file, relative to the file of an item or of the collection.

    Args:
        name: Path of the file from the folder of the catalogue.
        item: Name of the item, which is that of its folder; empty: the collection.
    """
    folder = f"{item}/" if item else ""
    relative = name.removeprefix(folder) if name.startswith(folder) else f"../{name}"
    return quote(relative if relative.startswith("../") else f"./{relative}")


def item_file(item: str) -> str:
    """Return the path of an item from the folder of the catalogue.

    Args:
        item: Its name.
    """
    return f"{item}/{item}.json"
