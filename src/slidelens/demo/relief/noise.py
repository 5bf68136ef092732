"""Random fields with a power-law spectrum: the texture of natural ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float32


def fractal(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    longest_px: float,
    shortest_px: float = 2.0,
    roughness: float = 2.0,
) -> Float32:
    """Gaussian random field whose power falls with wavenumber to the power of −`roughness`.

    longest_px, shortest_px: the wavelengths kept, pixels
    roughness: 0 white noise, 2 natural ground cover, 3 and more smooth hills
    Returns (height, width) float32 of mean 0 and standard deviation 1; 0 everywhere where no wavelength fits.
    """
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    wavenumber = np.hypot(rows, columns)
    kept = (wavenumber > 1.0 / longest_px) & (wavenumber <= 1.0 / shortest_px)
    amplitude = np.where(kept, np.maximum(wavenumber, 1e-9) ** (-roughness / 2), 0.0).astype(
        np.float32
    )
    spectrum = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32)) * amplitude
    field = np.fft.irfft2(spectrum, s=shape).astype(np.float32)
    deviation = float(field.std())
    return (field - field.mean()) / deviation if deviation > 0 else np.zeros(shape, np.float32)


def smoothstep(
    value: NDArray[np.floating],
    low: float | NDArray[np.floating],
    high: float | NDArray[np.floating],
) -> Float32:
    """0 below `low`, 1 above `high`, smooth between; `low` > `high` turns it round."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (share * share * (3.0 - 2.0 * share)).astype(np.float32)


def hashed(number: NDArray[np.integer], salt: int) -> Float32:
    """A repeatable random number in [0, 1) for every whole number: the same parcel has the same value wherever it is asked for."""
    mixed = (number.astype(np.uint64) + np.uint64(salt * 1_000_003 + 12_345)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return ((mixed >> np.uint64(40)).astype(np.float32) / np.float32(2**24)).astype(np.float32)
