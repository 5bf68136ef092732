"""Name the bands of a scene as the file or the user does, and say how to mend names."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from slidelens.errors import SceneError
from slidelens.geo.rasters.bands import Band
from slidelens.geo.rasters.options import ReadingOptions

log = logging.getLogger(__name__)

_MOST_LISTED = 20  # names in a message
_STACK = "gdalbuildvrt -separate"  # the command that makes one file of those of each band


def name_bands(bands: Sequence[Band], path: Path, options: ReadingOptions) -> tuple[Band, ...]:
    """Return the bands with distinct names of the data bands.

    A warning says where the user's names replace those of the file. If the user names the alpha
    bands as well, they are data, unless called alpha.

    Args:
        bands: All bands of the file.
        path: The file, for messages.
        options: The user's names.

    Raises:
        SceneError: The bands have no distinct names, or the user names another number of bands.
    """
    data = [band for band in bands if band.role == "data"]
    given = options.band_names
    own = _distinct_names(data)
    if len(set(given)) < len(given):
        twice = next(name for name in given if given.count(name) > 1)
        raise SceneError(f"{options.names_option} has {twice} twice; name each band once")
    if own and (not given or _file_precedes(own, options)):
        return tuple(bands)
    if given and len(given) == len(data):
        if own != given and any(band.name for band in data):
            _warn_of_renaming(path, data, options)
        return _renamed(bands, dict(zip((band.position for band in data), given, strict=True)))
    if given and len(given) == len(bands):
        return _renamed_all(bands, path, options)
    if own and options.precedence != "always":
        return tuple(bands)
    raise _unnamed(path, bands, own, options)


def _distinct_names(data: Sequence[Band]) -> tuple[str, ...]:
    """Return the names that the file gives its data bands; empty unless distinct."""
    names = tuple(band.name for band in data if band.name)
    return names if len(set(names)) == len(data) else ()


def _file_precedes(own: tuple[str, ...], options: ReadingOptions) -> bool:
    if options.precedence == "always":
        return own == options.band_names
    return options.precedence == "never" or set(own) <= set(options.band_names)


def _renamed(bands: Sequence[Band], names: dict[int, str]) -> tuple[Band, ...]:
    return tuple(replace(band, name=names.get(band.position, band.name)) for band in bands)


def _renamed_all(bands: Sequence[Band], path: Path, options: ReadingOptions) -> tuple[Band, ...]:
    """Return the bands with the user's names, those that the file calls alpha among them."""
    named = []
    for band, name in zip(bands, options.band_names, strict=True):
        is_alpha = band.role == "alpha" and name.casefold() == "alpha"
        if band.role == "alpha" and not is_alpha:
            log.warning(
                "%s: band %d, which the file marks as alpha, is read as %s (%s)",
                path,
                band.position,
                name,
                options.names_option,
            )
        named.append(replace(band, name=name, role="alpha" if is_alpha else "data"))
    return tuple(named)


def _warn_of_renaming(path: Path, data: Sequence[Band], options: ReadingOptions) -> None:
    log.warning(
        "%s: its bands %s are read as %s (%s)",
        path,
        ", ".join(band.name or "without name" for band in data),
        ", ".join(options.band_names),
        options.names_option,
    )


def _unnamed(
    path: Path, bands: Sequence[Band], own: tuple[str, ...], options: ReadingOptions
) -> SceneError:
    data = [band for band in bands if band.role == "data"]
    count = "1 band" if len(data) == 1 else f"{len(data)} bands"
    has = f"{count} ({_listed(own)})" if own else f"{count} without distinct names"
    if options.band_names:
        remedy = _of_files(path) if len(data) == 1 else "name them all in file order"
        return SceneError(
            f"{path} has {has} and {options.names_option} has {len(options.band_names)}; {remedy}"
        )
    hint = _hint_of_masks(bands, data)
    return SceneError(f"{path} has {has}; {_how_to_name(path, data, options)}{hint}")


def _how_to_name(path: Path, data: Sequence[Band], options: ReadingOptions) -> str:
    """Return what to type for bands without distinct names; it can be pasted as it stands."""
    wanted = options.wanted
    if len(data) == 1 < len(wanted):
        return f"the weights need {_listed(wanted)}; {_of_files(path)}"
    colours = [band.colour for band in data if band.colour and not band.name]
    if colours and len(set(colours)) == len(colours):
        example = options.naming([band.colour or band.name or _numbered(band) for band in data])
        return (
            f"if they are {_listed(colours)}, as the colour tags of the file say (GDAL sets them"
            f" unasked), give {example}"
        )
    if len(data) == len(wanted):
        example = options.naming(wanted)
        return f"if they are those that the weights need, in this order, give {example}"
    example = options.naming([_numbered(band) for band in data[:_MOST_LISTED]])
    needed = f", those that the weights need as {_listed(wanted)}" if wanted else ""
    return f"name them all in file order{needed}, like {example}"


def _numbered(band: Band) -> str:
    return f"BAND{band.position}"


def _hint_of_masks(bands: Sequence[Band], data: Sequence[Band]) -> str:
    """Return what an alpha band does, or that the one band without a name may be a mask."""
    alpha = [str(band.position) for band in bands if band.role == "alpha"]
    if alpha:
        return (
            f"; band {' and '.join(alpha)} is marked as alpha: a mask, where 0 is no data; if it"
            " is an image too, name it as well"
        )
    unnamed = [band.position for band in data if not band.name]
    if len(unnamed) == 1 < len(data):  # often the mask of the others
        position = unnamed[0]
        return (
            f"; if band {position}, which has no name, is a mask, mark it with"
            f" `gdal_edit.py -colorinterp_{position} alpha`"
        )
    return ""


def missing_band(
    path: Path, wanted: Sequence[str], own: Sequence[str], options: ReadingOptions
) -> SceneError:
    """Return the error for a scene that lacks bands; it names the first missing one.

    If the file has the wanted names in another spelling, it says what to type.

    Args:
        path: The scene.
        wanted: Names of the bands that are needed.
        own: Names of the bands that are there, in file order.
        options: The user's names.
    """
    missing = [name for name in wanted if name not in own]
    text = f"{path} has no band {missing[0]}, only {_listed(own)}; "
    spare = [name for name in own if name not in wanted]
    meant = {name: [other for other in spare if _key(other) == _key(name)] for name in missing}
    if all(len(others) == 1 for others in meant.values()):
        wanted_by_own = {others[0]: name for name, others in meant.items()}
        names = [wanted_by_own.get(name, name) for name in own]
        return SceneError(f"{text}if the spelling alone differs, give {options.naming(names)}")
    if len(own) == 1 < len(wanted):
        return SceneError(f"{text}{_of_files(path)}")
    return SceneError(
        f"{text}if another one is {missing[0]}, name all bands in file order with"
        f" {options.names_option}, else give a file that has it"
    )


def _of_files(path: Path) -> str:
    """Return the remedy for a file of a single band where several are needed."""
    stacked = path.with_suffix(".vrt").name
    return (
        "if each band is in a file of its own, make one of them in the order of their names:"
        f" `{_STACK} {stacked} FILE …`"
    )


def _listed(names: Sequence[str]) -> str:
    """Return names for a message, the first of many."""
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _key(name: str) -> str:
    """Return a name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()
