"""Fetch the scene of a window of time, unless it is there."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.errors import OutputError, SceneError
from slidelens.fetching.catalogues.catalogue import Catalogue
from slidelens.fetching.choosing import Choice, Place, choose
from slidelens.fetching.images.composing import compose
from slidelens.fetching.images.looking import Looker
from slidelens.fetching.images.pixels import PixelReader, is_reflectance, stored_dtype
from slidelens.fetching.images.reading import MissingFileError, gdal_options
from slidelens.fetching.pinned_grid import grid_to_dict
from slidelens.fetching.records import (
    describe_items,
    find_record,
    is_same,
    is_whole,
    make_record,
    read_record,
    record_path,
)
from slidelens.fetching.request import Selection, Window
from slidelens.files import atomic_write, scratch_folder, write_json
from slidelens.geo.geotiff import write_scene_by_parts
from slidelens.geo.rasterise import rasterise
from slidelens.layers.origin import file_digest
from slidelens.resources import format_bytes, free_disk_bytes, require_memory

log = logging.getLogger(__name__)

_SCENES = "scenes"
_STEP = 0.25  # share of a large scene after which the log tells of it
_LARGE_PX = 2**24
_BYTES_PER_VALUE = 4  # of disk: two as they are read, and at most two in the scene


@dataclass(frozen=True)
class FetchedScene:
    """A scene of the study that answers a window.

    Attributes:
        window: The window.
        record: What was taken for it.
        kept: Whether it was there already.
    """

    window: Window
    record: dict[str, Any]
    kept: bool

    @property
    def date(self) -> str:
        """The label of its date."""
        return Path(str(self.record["scene"])).stem


def scene_path(folder: Path, scene: FetchedScene) -> Path:
    """Return the path of a scene in the folder of a study."""
    return folder / _SCENES / f"{scene.date}.tif"


class SceneFetcher:
    """Fetches scenes of one place from one catalogue."""

    def __init__(self, catalogue: Catalogue, name: str, selection: Selection, place: Place) -> None:
        """Describe the request.

        Args:
            catalogue: Where images are found.
            name: Its address or path, for the records.
            selection: Which images are wanted.
            place: Where.
        """
        self._catalogue, self._selection, self._place = catalogue, selection, place
        self._looker = Looker(place.area, place.grid)
        self._request = {"catalog": name, **selection.to_dict(), "grid": grid_to_dict(place.grid)}

    def fetch(self, window: Window) -> FetchedScene:
        """Fetch the scene of a window, or find it.

        Raises:
            SlidelensError: There is no image, one cannot be read, or another scene is in the way.
        """
        request = {"window": str(window), **self._request}
        folder = self._place.folder / _SCENES
        record = find_record(folder, request)
        if record is not None:
            log.info("%s: %s is there already", window, folder / record["scene"])
            return FetchedScene(window, record, kept=True)
        while True:
            try:
                return self._fetch_anew(window, request, folder)
            except MissingFileError as error:
                self._looker.leave_out(error)

    def _fetch_anew(self, window: Window, request: dict[str, Any], folder: Path) -> FetchedScene:
        """Choose the images of a window and write their scene, unless it is that of another window.

        Raises:
            MissingFileError: A file that the chosen images need is not there.
        """
        choice = choose(self._catalogue, self._selection, self._place, self._looker, window)
        path = folder / f"{_label(choice, self._selection.composite)}.tif"
        log.info("%s: %s", window, _describe(choice))
        earlier = _earlier(path, request, choice)
        record = self._write(path, request, choice) if earlier is None else earlier
        return FetchedScene(window, record, kept=earlier is not None)

    def _write(self, path: Path, request: dict[str, Any], choice: Choice) -> dict[str, Any]:
        """Read the pixels, and write the record and then the scene."""
        self._require_room(len(choice.bands), path)
        offsets = {
            name: decision
            for image in choice.images
            for name, decision in self._looker.decide(image).items()
        }
        dtype = stored_dtype(choice.images)
        reader = PixelReader(self._place.grid, choice.bands, offsets)
        with scratch_folder(path) as scratch:
            done = _progress(path, self._place)
            scene = compose(choice.images, reader, dtype, scratch, done)
            inside = rasterise([self._place.area], scene.grid)
            if not scene.valid.any():
                raise SceneError(f"no pixel of {path.stem} is clear; widen the window (--dates)")
            taken = self._taken(scene, choice) | {
                "clear_share": round(float(scene.valid[inside].mean()), 4) if inside.any() else 1.0
            }
            written = scratch / path.name
            with gdal_options():  # so that bytes do not depend on the machine's memory
                write_scene_by_parts(scene, written, dtype)
            items = describe_items(choice.images, reader.used, offsets)
            record = make_record(path, file_digest(written), request, taken, items)
            write_json(record_path(path), record)
            with atomic_write(path) as temporary:
                written.rename(temporary)
        return record

    def _require_room(self, bands: int, path: Path) -> None:
        """Raise an error if memory or disk is too small for a scene and what it is made of."""
        grid = self._place.grid
        pixels, remedy = float(grid.height) * grid.width, "take a smaller area or larger pixels"
        require_memory(pixels, f"{path.name}, {grid.describe()},", f"{remedy} (--pixel-m)")
        needed, free = pixels * bands * _BYTES_PER_VALUE, free_disk_bytes(path)
        if needed > free:
            raise OutputError(
                f"{path.name}, {grid.describe()}, needs up to {format_bytes(needed)} of disk while"
                f" it is made, and {format_bytes(free)} are free at {path.parent}; {remedy}"
                " (--pixel-m), or name a folder on another disk (-o)"
            )

    def _taken(self, scene: WindowedScene, choice: Choice) -> dict[str, Any]:
        reflectance = all(map(is_reflectance, choice.images))
        return {
            "bands": list(scene.bands),
            "dtype": stored_dtype(choice.images),
            "values": "reflectance x 10000" if reflectance else "as stored",
            "images": [
                {
                    "day": str(look.image.day),
                    "platform": look.image.platform or None,
                    "stated_cloud_cover": look.image.cloud_cover,
                    "clear_share": round(look.clear_share, 4),
                    "cloud_share": round(look.seen_share - look.clear_share, 4),
                }
                for look in choice.looks
            ],
            "left_out": list(choice.left_out),
        }


def _label(choice: Choice, composite: bool) -> str:
    """Return the day of the image; of a composite that of its middle image, and what it is."""
    days = [str(look.image.day) for look in choice.looks]
    return f"{days[len(days) // 2]}_composite" if composite else days[0]


def _describe(choice: Choice) -> str:
    first, last = choice.looks[0], choice.looks[-1]
    if len(choice.looks) == 1:
        return f"{first.image.name}, {100 * first.clear_share:.0f} % of the area clear"
    return f"{len(choice.looks)} images from {first.image.day} to {last.image.day}"


def _earlier(path: Path, request: dict[str, Any], choice: Choice) -> dict[str, Any] | None:
    """Return the record of a scene of the same images; None without a scene.

    They may have been chosen from another window, or with other clouds allowed.

    Raises:
        OutputError: There is a scene, and it is another, or a JSON file of something else.
    """
    beside = record_path(path)
    record = read_record(beside)
    if not path.exists() and not path.is_symlink():
        if record is None and os.path.lexists(beside):
            raise OutputError(f"{beside} is no record of a scene and is not overwritten; move it")
        return None
    if record is not None and is_whole(path.parent, record):
        same = is_same(record["request"], request, besides=("window", "max_cloud"))
        if same and _images_of(record) == {(str(i.day), i.platform or None) for i in choice.images}:
            return record
    raise OutputError(
        f"{path} exists and is not what is asked for; move it and its JSON file away to fetch it"
        " again, or name another folder (-o)"
    )


def _images_of(record: dict[str, Any]) -> set[tuple[str, str | None]]:
    """Return day and platform of the images of a scene."""
    return {(image["day"], image["platform"]) for image in record.get("images", ())}


def _progress(path: Path, place: Place) -> Callable[[float], None]:
    """Return a function that logs how much of a large scene is read."""
    told = [0.0]

    def done(share: float) -> None:
        large = place.grid.height * place.grid.width >= _LARGE_PX
        if large and share < 1 and share >= told[0] + _STEP:
            told[0] = share
            log.info("%s: %.0f %% is read", path.name, 100 * share)

    return done
