"""What an inventory says about ground without landslides, and where it is complete.

Rows whose column `class` is `not landslide`, or another of its spellings, mark ground that is known
to hold no landslide. A layer `mapped` of polygons tells where the inventory is complete.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np

from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.vectors.columns import column_texts
from slidelens.types import Mask

log = logging.getLogger(__name__)

CLASS = "class"  # the column
LANDSLIDE, NOT_LANDSLIDE = "landslide", "not landslide"  # its values
MAPPED = "mapped"  # the layer
_BARE = (NOT_LANDSLIDE, "not landslides", "no landslide", "no landslides", "non landslide", "bare")
_KINDS = {LANDSLIDE: "landslide", "landslides": "landslide", MAPPED: "mapped"}
_KINDS |= dict.fromkeys(_BARE, "bare")
_SEPARATORS = str.maketrans("_-", "  ")
_MAX_SHOWN, _MOST_SHOWN = 40, 5  # characters, and values


def kind_of(text: str) -> str | None:
    """Return `landslide`, `bare` or `mapped`; None if a name of marks says none of them.

    Args:
        text: Name of a layer, or value of the column `class`.
    """
    return _KINDS.get(_plain(text))


def landslides_of(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the rows that are landslides, index 0…n-1.

    Args:
        frame: The rows of an inventory.
        name: Name of the inventory, for messages.
    """
    negative = _is_negative(frame)
    _warn_of_doubtful(frame, name)
    _tell_other_classes(frame, name)
    if not negative.any():
        return frame
    log.info(
        "%s: %s %r are no landslides",
        name,
        counted(int(negative.sum()), "polygon of class", "polygons of class"),
        NOT_LANDSLIDE,
    )
    return frame[~negative].reset_index(drop=True)


def negatives_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows that are known to be no landslides, index 0…n-1."""
    return frame[_is_negative(frame)].reset_index(drop=True)


def _is_negative(frame: gpd.GeoDataFrame) -> Mask:
    return np.array([kind_of(value) == "bare" for value in _classes(frame)], bool)


def _classes(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the class of each row, empty without one."""
    return [_plain(text) for text in column_texts(frame, CLASS)]


def _warn_of_doubtful(frame: gpd.GeoDataFrame, name: str) -> None:
    for value in sorted({value for value in _classes(frame) if _is_doubtful(value)}):
        log.warning(
            "%s: polygons of class %r count as landslides; if they mark ground without landslides,"
            " set their class to %r",
            name,
            value[:_MAX_SHOWN],
            NOT_LANDSLIDE,
        )


def _tell_other_classes(frame: gpd.GeoDataFrame, name: str) -> None:
    others = sorted({v for v in _classes(frame) if v and not kind_of(v) and not _is_doubtful(v)})
    if others:
        shown = ", ".join(repr(value[:_MAX_SHOWN]) for value in others[:_MOST_SHOWN])
        more = ", …" if len(others) > _MOST_SHOWN else ""
        log.info("%s: polygons of class %s%s count as landslides", name, shown, more)


def _plain(text: str) -> str:
    return " ".join(text.translate(_SEPARATORS).lower().split())


def _is_doubtful(value: str) -> bool:
    """Return whether a class seems to mean what `not landslide` means, and is spelt otherwise."""
    first = value.split(" ", maxsplit=1)[0]
    return kind_of(value) is None and first in ("no", "non", "not", "negative")


def inventory_layers(layers: dict[str, str], path: Path) -> dict[str, str]:
    """Return the layers of a file that may be the inventory: all but `mapped`.

    Args:
        layers: Geometry types by name.
        path: The file, for messages.

    Raises:
        InventoryError: There is no other layer.
    """
    others = {name: kind for name, kind in layers.items() if name != mapped_layer(layers, path)}
    if not others:
        raise InventoryError(
            f"{path} has only the layer {MAPPED}, which tells where an inventory is complete; "
            "add a layer landslides, empty if there are none"
        )
    return others


def mapped_layer(layers: Iterable[str], path: Path) -> str | None:
    """Return the layer that tells where an inventory is complete; None without one.

    The only layer of a file is its inventory if it is named as the file: formats of one layer, such
    as shapefiles, give it no other name.

    Args:
        layers: Names of the layers.
        path: The file.
    """
    names = list(layers)
    if [name.lower() for name in names] == [path.stem.lower()]:
        return None
    return next((name for name in names if name.lower() == MAPPED), None)


def named_as(layers: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the layers that have one of some names, whatever their case and separators.

    Args:
        layers: Names of layers.
        names: Names in lower case, with `_` between words.
    """
    known = set(names)
    return [name for name in layers if re.sub(r"[\W_]+", "_", name.lower()).strip("_") in known]
