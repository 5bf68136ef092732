"""The shift between two images of the same ground, by phase correlation of windows.

Edges are compared, not brightness, so that season, haze and units do not matter. Each window has
a phase correlation of its own, whose size is bounded; their mean has its peak at the shift that
most of the ground shares, and ground that changed adds noise only.

Source: Foroosh, Zerubia and Berthod (2002), Extension of phase correlation to subpixel
registration, doi 10.1109/83.988953.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.ndimage import distance_transform_cdt, gaussian_filter
from scipy.signal.windows import tukey

from slidelens.analysis.registration.shift import Shift, shift_of
from slidelens.geo.windowed import Part
from slidelens.types import Float32, Float64, Mask

SIDE = 64  # of a window, pixels
REACH_PX = 3  # pixels around one that its edge strength depends on
_MARGIN = 8  # pixels around a window that are read
_FEATHER_PX = 3  # over which the weight grows from 0 to 1
_MOST_WINDOWS = 64
_FEWEST_WINDOWS = 5
_LEAST_WEIGHT = 0.3  # share of a window that must be usable
_RANGE_PX = 16  # largest shift that is looked for
_CUT = 0.25  # frequency, cycles per pixel, at which the spectrum is damped to 60 %
_FINE_HALF_PX, _FINE_PX = 1.5, 0.1
_AGREEING = 0.9  # share of resampled means whose peak must be the same to a pixel

PixelReader = Callable[[Part], Float32]


@dataclass(frozen=True)
class EdgeSample:
    """Edge strengths of an image in windows.

    Attributes:
        strength: (windows, SIDE, SIDE), in units of the image's mean edge strength.
        weight: (windows, SIDE, SIDE) 0 to 1; 0 near ground that is not used.
    """

    strength: Float64
    weight: Float64


def choose_windows(ground: Mask) -> list[Part]:
    """Return windows with enough usable ground, evenly over an area.

    Args:
        ground: (height, width) mask of the usable ground.
    """
    rows, columns = (range(0, length - SIDE + 1, SIDE) for length in ground.shape)
    parts = [
        (slice(row, row + SIDE), slice(column, column + SIDE)) for row in rows for column in columns
    ]
    usable = [part for part in parts if ground[part].mean() >= _LEAST_WEIGHT]
    chosen = np.linspace(0, len(usable) - 1, min(len(usable), _MOST_WINDOWS)).round().astype(int)
    return [usable[index] for index in chosen]


def sample_edges(read: PixelReader, ground: Mask, windows: Sequence[Part]) -> EdgeSample:
    """Return the edge strengths of an image; pixels off the ground have no influence.

    Args:
        read: Returns the (rows, columns, bands) pixels of some rows and columns.
        ground: (height, width) mask of the pixels that are valid and may be used.
        windows: As `choose_windows` returns them.
    """
    sampled = [_window_edges(read, ground, window) for window in windows]
    if not sampled:
        return EdgeSample(np.zeros((0, SIDE, SIDE)), np.zeros((0, SIDE, SIDE)))
    strengths, weights = (np.stack(values) for values in zip(*sampled, strict=True))
    total = max(float(weights.sum()), 1.0)
    of_band = np.einsum("nrcb,nrc->b", strengths, weights) / total
    return EdgeSample((strengths / np.where(of_band > 0, of_band, 1)).mean(axis=-1), weights)


def _window_edges(read: PixelReader, ground: Mask, window: Part) -> tuple[Float64, Float64]:
    """Return the (SIDE, SIDE, bands) edge strengths and the (SIDE, SIDE) weights of a window."""
    wider = tuple(
        slice(max(0, piece.start - _MARGIN), min(length, piece.stop + _MARGIN))
        for piece, length in zip(window, ground.shape, strict=True)
    )
    inner = tuple(
        slice(piece.start - outer.start, piece.stop - outer.start)
        for piece, outer in zip(window, wider, strict=True)
    )
    rows, columns = wider
    strength = edge_gradients(read((rows, columns)))
    distance = distance_transform_cdt(np.pad(ground[wider], 1), "chessboard")[1:-1, 1:-1]
    weight = np.clip((distance - REACH_PX) / _FEATHER_PX, 0, 1)
    return np.hypot(*strength)[inner], weight[inner]


def edge_gradients(pixels: Float32) -> tuple[Float64, Float64]:
    """Return the gradients of smoothed pixels down and to the right, per pixel.

    Args:
        pixels: (rows, columns, bands), at least 2 × 2.
    """
    smooth = gaussian_filter(pixels.astype(np.float64), 1.0, truncate=2.0, axes=(0, 1))
    down, right = np.gradient(smooth, axis=(0, 1))
    return down, right


def image_shift(reference: EdgeSample, image: EdgeSample) -> Shift | None:
    """Return how far an image lies from a reference; None if it cannot be told.

    Args:
        reference: In the same windows as `image`.
        image: The image that may be shifted.
    """
    taper = np.outer(tukey(SIDE, 0.5), tukey(SIDE, 0.5))
    weight = np.minimum(reference.weight, image.weight) * taper
    used = weight.sum(axis=(1, 2)) >= _LEAST_WEIGHT * taper.sum()
    used &= np.array([_has_texture(sample, weight) for sample in (reference, image)]).all(axis=0)
    if used.sum() < _FEWEST_WINDOWS:
        return None
    first, second = (_spectra(sample.strength[used], weight[used]) for sample in (reference, image))
    cross = first.conj() * second
    size = np.abs(cross)
    cross = cross / np.where(size > 0, size, 1) * _low_pass()
    centre = _whole_shift(cross)
    if centre is None:
        return None
    offsets = np.arange(-_FINE_HALF_PX, _FINE_HALF_PX + _FINE_PX / 2, _FINE_PX)
    frequencies = fft.fftfreq(SIDE)
    down = np.exp(2j * np.pi * np.outer(centre[0] + offsets, frequencies))
    right = np.exp(2j * np.pi * np.outer(frequencies, centre[1] + offsets))
    first_px = (centre[0] - _FINE_HALF_PX, centre[1] - _FINE_HALF_PX)
    return shift_of((down @ cross @ right).real, first_px, _FINE_PX, _FEWEST_WINDOWS)


def _has_texture(sample: EdgeSample, weight: Float64) -> Mask:
    """Return (windows,) whether edges differ within a window."""
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    mean = (sample.strength * weight).sum(axis=(1, 2)) / total
    square = (sample.strength**2 * weight).sum(axis=(1, 2)) / total
    return np.asarray(square - mean**2 > 1e-6, bool)


def _spectra(
    strength: Float64, weight: Float64
) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
    total = weight.sum(axis=(1, 2), keepdims=True)
    mean = (strength * weight).sum(axis=(1, 2), keepdims=True) / total
    return np.asarray(fft.fft2((strength - mean) * weight))


def _low_pass() -> Float64:
    """Return the (SIDE, SIDE) weight of each frequency; fine ones are mostly noise."""
    frequencies = fft.fftfreq(SIDE)
    squares = frequencies[:, None] ** 2 + frequencies[None, :] ** 2
    return np.asarray(np.exp(-squares / (2 * _CUT**2)) * (squares > 0), np.float64)


def _whole_shift(
    cross: np.ndarray[tuple[int, ...], np.dtype[np.complex128]],
) -> tuple[int, int] | None:
    """Return the peak of the mean correlation, whole pixels; None if the windows disagree."""
    surfaces = np.roll(fft.ifft2(cross).real, (_RANGE_PX, _RANGE_PX), (1, 2))
    surfaces = surfaces[:, : 2 * _RANGE_PX + 1, : 2 * _RANGE_PX + 1]
    side, count = surfaces.shape[1], len(surfaces)
    row, column = divmod(int(surfaces.mean(axis=0).argmax()), side)
    weights = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), 100)
    peaks = np.tensordot(weights, surfaces, axes=1).reshape(len(weights), -1).argmax(axis=1)
    rows, columns = np.divmod(peaks, side)
    near = np.maximum(np.abs(rows - row), np.abs(columns - column)) <= 1
    return (row - _RANGE_PX, column - _RANGE_PX) if near.mean() >= _AGREEING else None
