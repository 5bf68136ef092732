"""Surface reflectance of mountain materials in RapidEye's five bands.

The values are plausible, not measured: they are set by hand to the shapes of such spectra in the
bands 440–510, 520–590, 630–685, 690–730 and 760–850 nm.

Source:
    USGS Spectral Library Version 7, Kokaly et al. (2017), doi 10.3133/ds1035.
"""

from __future__ import annotations

import numpy as np

from slidelens.types import Float32

BANDS = ("blue", "green", "red", "red_edge", "nir")

_REFLECTANCE = {
    "broadleaf": (0.022, 0.046, 0.028, 0.112, 0.320),
    "conifer": (0.016, 0.031, 0.021, 0.072, 0.215),
    "shrub": (0.034, 0.062, 0.054, 0.140, 0.265),
    "grass": (0.048, 0.083, 0.088, 0.168, 0.262),
    "crop": (0.034, 0.078, 0.046, 0.165, 0.390),
    "stubble": (0.060, 0.100, 0.124, 0.190, 0.255),
    "soil": (0.055, 0.085, 0.120, 0.158, 0.205),
    "debris": (0.112, 0.150, 0.194, 0.224, 0.258),
    "boulders": (0.098, 0.120, 0.140, 0.158, 0.178),
    "rock": (0.068, 0.090, 0.107, 0.126, 0.148),
    "gravel": (0.132, 0.156, 0.174, 0.190, 0.205),
    "water": (0.072, 0.086, 0.056, 0.040, 0.024),
    "roof": (0.240, 0.255, 0.265, 0.280, 0.295),
    "road": (0.118, 0.150, 0.180, 0.208, 0.238),
    "snow": (0.780, 0.800, 0.800, 0.780, 0.740),
}
MATERIALS = tuple(_REFLECTANCE)
_DRYING = {"broadleaf": 0.5, "shrub": 0.8, "grass": 1.0, "crop": 0.5}
_DRY = np.array((0.075, 0.105, 0.130, 0.180, 0.225))


def material_index(material: str) -> int:
    """Return the position of a material in MATERIALS."""
    return MATERIALS.index(material)


def reflectances(dryness: float) -> Float32:
    """Return the (bands, materials) reflectance, 0 to 1.

    Args:
        dryness: 0 for plants in full leaf, 1 for the brown leaves and grass of a dry late autumn.
    """
    green = np.array(list(_REFLECTANCE.values())).T
    brown = 0.4 * dryness * np.array([_DRYING.get(material, 0.0) for material in MATERIALS])
    return np.asarray((1 - brown) * green + brown * _DRY[:, None], np.float32)
