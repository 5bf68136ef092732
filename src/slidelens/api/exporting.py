"""Write networks for other programs."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from slidelens.api.generic import licence_of, network_of
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.mapping.options import STANDARDISATIONS, MapOptions, Standardisation
from slidelens.api.mapping.preparation import prepare_map
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile, open_for
from slidelens.errors import ParamsError
from slidelens.files import require_writable
from slidelens.geo.rasters.opening import open_dataset
from slidelens.learning.exporting.onnx_export import (
    ExportChoice,
    ExportedNetwork,
    export_onnx,
    require_exportable,
)
from slidelens.learning.tiling.tile_loading import require_package

log = logging.getLogger(__name__)
FORMATS = ("onnx",)
SYMMETRIES = (1, 4, 8)


def export_network(
    network: Network | PathLike | None,
    out: PathLike,
    *,
    format: Literal["onnx"] = "onnx",
    scene: SceneFile | PathLike | None = None,
    standardise: Standardisation | None = None,
    nodata: float | None = None,
    tile_px: int | Literal["any"] | None = None,
    symmetries: int | None = None,
    licence: str = "",
) -> ExportedNetwork:
    """Write a network as an ONNX file that takes the pixels of an image as they are.

    Standardisation, channels computed from bands, the average over symmetries and members, and
    calibration are in the file, and so is what the QGIS plug-in Deepness reads. Its probabilities
    are those of `map_scene` in float32.

    Args:
        network: The network, its weights file, or None for the generic weights.
        out: The file `*.onnx`.
        format: `onnx`.
        scene: Image whose statistics the file standardises by.
        standardise: As in `MapOptions`: by the training data (`weights`), the scene's means
            (`means`), or its means and standard deviations (`scene`, the default with a scene).
        nodata: Value that stands for no data in any band; by default 0 in all bands does.
        tile_px: Side of the tiles, pixels, `any` for any size, which Deepness does not take, or
            None for the best side up to 1024.
        symmetries: 1, 4 or 8 symmetries of the square; by default as many as maps have.
        licence: Licence of the weights, as an SPDX expression or in words.

    Raises:
        WeightsError: The weights need what an ONNX file cannot hold.
        ParamsError: An option is out of range, or ONNX is not installed.
        SceneError: The scene lacks bands.
        OutputError: The file cannot be written.
    """
    out = Path(out)
    _require_options(out, format, scene, standardise, symmetries)
    require_package("onnx", "onnx")
    require_writable(out)
    network = network_of(network)
    require_exportable(network.metadata, network.path, scene is not None)
    choice = ExportChoice(
        nodata=nodata,
        tile_px=0 if tile_px == "any" else tile_px,
        symmetries=symmetries,
        licence=licence_of(network, licence),
    )
    if scene is not None:
        scene = open_for(scene, network)
        choice = _with_statistics(choice, scene, network, standardise or "scene")
    return export_onnx(network.path, network.metadata, out, choice)


def _require_options(
    out: Path, format: str, scene: object, standardise: str | None, symmetries: int | None
) -> None:
    if format not in FORMATS:
        raise ParamsError(f"format is {format}; give one of {', '.join(FORMATS)}")
    if out.suffix.lower() != ".onnx":
        raise ParamsError(f"the file is called {out.name}; give a name that ends in .onnx")
    if standardise not in (None, *STANDARDISATIONS):
        raise ParamsError(
            f"standardise is {standardise}; give one of {', '.join(STANDARDISATIONS)}"
        )
    if scene is None and standardise not in (None, "weights"):
        raise ParamsError(
            f"standardise is {standardise}, and there is no scene; give scene (--scene)"
        )
    if scene is not None and standardise == "weights":
        raise ParamsError("standardise is weights, which needs no scene; leave one of them out")
    if symmetries not in (None, *SYMMETRIES):
        raise ParamsError(f"symmetries is {symmetries}; give 1, 4 or 8")


def _with_statistics(
    choice: ExportChoice, scene: SceneFile, network: Network, standardise: Standardisation
) -> ExportChoice:
    """Return the choice with the statistics of a scene, read as for its map."""
    source = prepare_map(scene, network, MapOptions(standardise=standardise)).job.source
    statistics = source.statistics
    assert statistics is not None
    log.info(
        "the file standardises by the statistics of %s: %s; for other images write another one",
        scene.path.name,
        ", ".join(
            f"{band} {mean:.4g} ± {deviation:.4g}"
            for band, mean, deviation in zip(
                statistics.bands, statistics.mean, statistics.deviation, strict=True
            )
        ),
    )
    nodata = _declared_nodata(scene) if choice.nodata is None else choice.nodata
    return replace(choice, statistics=statistics, pixel_m=source.grid.pixel_m, nodata=nodata)


def _declared_nodata(scene: SceneFile) -> float | None:
    """Return the value that stands for no data in all bands of a file; None if it is not one."""
    if scene.header.options.nodata is not None:
        return scene.header.options.nodata
    with open_dataset(scene.path) as dataset:
        first, *others = dataset.nodatavals
    if first is None or None in others:
        return None
    is_one = np.array_equal([first] * len(others), others, equal_nan=True)
    return float(first) if is_one else None
