"""Channels that are computed from bands, in the graph as in scenes."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from slidelens.geo.rasters.scene import Scene
from slidelens.learning.exporting.input_nodes import channels_of_bands
from slidelens.learning.inference.engines.onnx_nodes import Nodes
from slidelens.study.images.channels import add_channels, bands_to_read
from support.studies import grid_of

BANDS = ("blue", "green", "red", "nir")
RATIOS = tuple(f"nd_{first}_{second}" for first, second in combinations(BANDS, 2))


@pytest.mark.parametrize(
    "channels",
    [
        BANDS,
        ("nir", "red"),
        (*BANDS, "ndvi", "brightness", *RATIOS),
        ("red", "nir", "ndvi", "nd_red_nir"),
        ("swir", "nir", "brightness"),
    ],
)
def test_the_channels_are_those_of_scenes(tmp_path: Path, channels: tuple[str, ...]) -> None:
    bands = bands_to_read(channels, ())
    pixels = np.random.default_rng(1).normal(500, 400, (20, 30, len(bands))).astype(np.float32)
    pixels[3, 4] = 0
    scene = Scene(grid_of(20, 30), bands, pixels, np.ones((20, 30), bool))
    nodes = Nodes()
    output = nodes.add(
        "Identity", channels_of_bands(nodes, "pixels", bands, channels), output="channels"
    )
    axes = ("batch", None, "height", "width")
    model = nodes.model(("pixels", axes), (output, axes))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {"pixels": np.moveaxis(pixels, -1, 0)[None]})
    expected = add_channels(scene, channels).pixels
    np.testing.assert_allclose(np.moveaxis(found[0], 0, -1), expected, rtol=1e-6, atol=1e-6)
