"""Random fields with a power-law spectrum, which resemble natural ground."""

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
    """Return a Gaussian random field whose power is wavenumber to the power of −`roughness`.

    Args:
        shape: height and width.
        rng: random generator.
        longest_px: longest wavelength of the field.
        shortest_px: shortest wavelength of the field.
        roughness: 0 for white noise, 2 for natural ground cover, 3 and more for smooth hills.

    Returns:
        (height, width) of mean 0 and standard deviation 1; all 0 if no wavelength fits.
    """
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    wavenumber = np.hypot(rows, columns)
    passed = (wavenumber > 1.0 / longest_px) & (wavenumber <= 1.0 / shortest_px)
    amplitude = np.where(passed, np.maximum(wavenumber, 1e-9) ** (-roughness / 2), 0.0).astype(
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
    """Return 0 below `low`, 1 above `high`, and a smooth transition between.

    With `low` > `high` the transition is reversed.
    """
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (share * share * (3.0 - 2.0 * share)).astype(np.float32)


def hash_unit(number: NDArray[np.integer], salt: int) -> Float32:
    """Return a repeatable random number in [0, 1) for every integer.

    Args:
        number: integers, for example numbers of parcels.
        salt: integers of another salt give unrelated numbers.
    """
    mixed = (number.astype(np.uint64) + np.uint64(salt * 1_000_003 + 12_345)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return ((mixed >> np.uint64(40)).astype(np.float32) / np.float32(2**24)).astype(np.float32)
