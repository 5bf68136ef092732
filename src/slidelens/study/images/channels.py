"""Compute channels from bands and heights: NDVI, brightness, band ratios, levels and slope.

The change since an earlier image is computed elsewhere (`study.images.change`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from rasterio.windows import Window

from slidelens.dataset.change_channels import CHANGE, change_names, own_names
from slidelens.dataset.level_channels import band_of_level
from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.errors import SceneError
from slidelens.geo.grid import height_gradient
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import Part, grow
from slidelens.types import Float32

NDVI, BRIGHTNESS, RATIOS, SLOPE = "ndvi", "brightness", "ratios", "slope"
_VISIBLE = ("blue", "green", "red")
_NDVI_OF = ("nir", "red")


def channel_names(wanted: Sequence[str], bands: Sequence[str]) -> tuple[str, ...]:
    """Return the names of derived channels.

    `ratios` stands for a channel of each pair of bands, for example nd_red_green, and `change` for
    the change of each band and where it is known, change_red and change_known.

    Args:
        wanted: any of ndvi, brightness, ratios, slope and change.
        bands: names of the scenes' bands.

    Raises:
        SceneError: A channel lacks its bands, or is named twice.
    """
    names = tuple(name for kind in wanted for name in _names_of(kind, bands))
    for name in names:
        _require_bands(
            name, bands, f"take {NDVI} out of study.derived, or name the bands in study.band_names"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SceneError(f"study.derived asks for {twice[0]} twice; name each channel once")
    return names


def bands_to_read(names: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Return the channels to read from a file: those that it has, or that cannot be computed.

    Args:
        names: names of the channels.
        there: names of the file's bands.
    """
    names = own_names(names)  # the change is never read
    computed = {NDVI, BRIGHTNESS, SLOPE} | {name for name in names if band_of_level(name, names)}
    bands = [name for name in names if name in there or name not in computed]
    return tuple(name for name in bands if name in there or name not in _pairs(bands))


def add_channels(scene: Scene, names: Sequence[str], elevation: Float32 | None = None) -> Scene:
    """Return a scene with exactly the named channels, its own bands or computed from them.

    Every channel is finite, and 0 where the scene is not valid. The change is missing, 0, unless
    the scene has it.

    Args:
        scene: the bands.
        names: names of the channels, in the order of the result.
        elevation: (height, width) metres on the scene's grid, if slope is among the channels.

    Raises:
        SceneError: A channel lacks its bands or heights.
    """
    if tuple(names) == scene.bands:
        return scene
    if isinstance(scene, WindowedScene):
        return _add_channels_by_part(scene, tuple(names), elevation)
    own = own_names(names)
    missing = np.zeros(scene.grid.shape, np.float32)
    layers = [
        scene.pixels[..., scene.bands.index(name)]
        if name in scene.bands
        else _layer(name, scene, elevation)
        if name in own
        else missing
        for name in names
    ]
    pixels = np.where(scene.valid[..., None], np.stack(layers, axis=-1), np.float32(0)).astype(
        np.float32
    )
    return Scene(scene.grid, tuple(names), pixels, scene.valid)


def _add_channels_by_part(
    scene: WindowedScene, names: tuple[str, ...], elevation: Float32 | None
) -> WindowedScene:
    """Return what `add_channels` returns; the channels are computed when they are read."""
    if SLOPE in names and SLOPE not in scene.bands and elevation is None:
        raise _no_heights()
    shape = scene.grid.shape

    def read(part: Part) -> Float32:
        wider = grow(part, 1, shape)  # for central differences
        grid = scene.grid.window(Window.from_slices(*wider))
        own = Scene(grid, scene.bands, scene.read(wider), scene.valid[wider])
        heights = None if elevation is None else elevation[wider]
        rows, columns = (
            slice(inner.start - outer.start, inner.stop - outer.start)
            for inner, outer in zip(part, wider, strict=True)
        )
        return add_channels(own, names, heights).pixels[rows, columns]

    return WindowedScene(scene.grid, names, scene.valid, read)


def _no_heights() -> SceneError:
    return SceneError("slope needs a height model; give one, or leave slope out")


def _layer(name: str, scene: Scene, elevation: Float32 | None) -> Float32:
    _require_bands(name, scene.bands, "give a scene that has it, or name its bands (--bands)")
    if name == SLOPE:
        if elevation is None:
            raise _no_heights()
        return slope_deg(elevation, scene.grid.pixel_m)
    bands = bands_of_channel(name, own_names(scene.bands))
    layers = [scene.pixels[..., scene.bands.index(band)] for band in bands]
    if len(layers) == 1 and name != BRIGHTNESS:
        return layers[0]
    if name == BRIGHTNESS:
        return np.asarray(np.stack(layers, axis=-1).mean(axis=-1), np.float32)
    first, second = layers
    return normalised_difference(first, second)


def bands_of_channel(name: str, bands: Sequence[str]) -> tuple[str, ...]:
    """Return the bands that a channel is computed from; a band itself if it is one.

    Args:
        name: name of the channel, other than slope.
        bands: names of the bands that there are.
    """
    if name in bands:
        return (name,)
    if band := band_of_level(name, bands):
        return (band,)
    if name == BRIGHTNESS:
        return tuple(band for band in _VISIBLE if band in bands) or tuple(bands)
    return _NDVI_OF if name == NDVI else _pairs(bands)[name]


def normalised_difference(first: Float32, second: Float32) -> Float32:
    """Return (first − second) / (first + second), −1 to 1; 0 where both are 0.

    Negative values, which resampling and radiometric normalisation leave in deep shadow, count
    as 0.
    """
    first, second = np.maximum(first, 0), np.maximum(second, 0)
    total = first + second
    return np.asarray((first - second) / np.where(total > 0, total, 1), np.float32)


def slope_deg(elevation: Float32, pixel_m: float) -> Float32:
    """Return the slope from central differences, degrees, 0 to 90.

    Args:
        elevation: (height, width) metres.
        pixel_m: side of a pixel, metres.
    """
    south, east = height_gradient(elevation.astype(np.float64), pixel_m)
    slope: Float32 = np.degrees(np.arctan(np.hypot(south, east))).astype(np.float32)
    return slope


def _pairs(bands: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the name of the channel of each pair of bands, and the bands."""
    return {f"nd_{first}_{second}": (first, second) for first, second in combinations(bands, 2)}


def _names_of(kind: str, bands: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the channels that an entry of study.derived stands for."""
    if kind == CHANGE:
        return change_names(bands)
    return tuple(_pairs(bands)) if kind == RATIOS else (kind,)


def _require_bands(name: str, bands: Sequence[str], remedy: str) -> None:
    missing = [band for band in _NDVI_OF if band not in bands]
    if name == NDVI and missing:
        raise SceneError(
            f"{NDVI} needs a band {missing[0]}, and there are {', '.join(bands)}; {remedy}"
        )
