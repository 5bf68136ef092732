"""Reflectance of the materials."""

from __future__ import annotations

import numpy as np

from slidelens.demo.imaging.spectra import BANDS, MATERIALS, material_index, reflectances


def test_spectra_have_the_shapes_that_tell_materials_apart() -> None:
    spectra = dict(zip(MATERIALS, reflectances(0.3).T, strict=True))
    blue, green, red, red_edge, nir = range(len(BANDS))
    assert spectra["broadleaf"][nir] > 5 * spectra["broadleaf"][red]  # the red edge of leaves
    assert spectra["broadleaf"][green] > spectra["broadleaf"][red]
    assert (np.diff(spectra["debris"]) > 0).all()  # soils rise towards the infrared
    assert spectra["water"][nir] < spectra["water"][green]
    assert spectra["snow"].min() > 0.6
    assert spectra["conifer"][red_edge] < spectra["broadleaf"][red_edge]
    assert spectra["gravel"][blue] > spectra["grass"][blue]


def test_dry_plants_are_brighter_in_red_and_duller_in_the_infrared() -> None:
    green, brown = (
        reflectances(0.0)[:, material_index("grass")],
        reflectances(1.0)[:, material_index("grass")],
    )
    assert brown[2] > green[2]
    assert brown[4] < green[4]
    assert np.array_equal(
        reflectances(0.0)[:, material_index("rock")], reflectances(1.0)[:, material_index("rock")]
    )
