"""`slidelens export`: write a network for QGIS and other programs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from slidelens.console import BandsOption, print_json
from slidelens.errors import ParamsError

log = logging.getLogger(__name__)


def _tile(text: str) -> int | str:
    if text == "any":
        return text
    if text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= 65_536:
        return int(text)
    raise typer.BadParameter(f"{text} is neither a number of pixels nor `any`")


def command(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.onnx", help="File to write.")],
    weights: Annotated[
        Path | None,
        typer.Argument(
            help="Weights file models/*.weights.h5, or models:/NAME@ALIAS of the model registry.",
            show_default="the generic weights of the package, for red, green and blue",
        ),
    ] = None,
    format: Annotated[
        Literal["onnx"], typer.Option("--format", help="Format of the file.")
    ] = "onnx",
    scene: Annotated[
        Path | None,
        typer.Option(
            "--scene",
            help="Image whose statistics are used for standardisation; required for weights trained"
            " on several images.",
        ),
    ] = None,
    standardise: Annotated[
        Literal["weights", "means", "scene"] | None,
        typer.Option(
            "--standardise",
            help="As for `map`: as on the training area, by the scene's means, or by its means and"
            " standard deviations.",
            show_default="scene with --scene, else weights",
        ),
    ] = None,
    bands: BandsOption = None,
    nodata: Annotated[
        float | None,
        typer.Option(
            "--nodata",
            help="Value that stands for no data in any band.",
            show_default="0 in all bands at once",
        ),
    ] = None,
    tile: Annotated[
        str | None,
        typer.Option(
            "--tile",
            parser=_tile,
            metavar="PX|any",
            help="Tile size, pixels, or `any` for images of any size, which Deepness does not"
            " accept.",
            show_default="the fastest, up to 1024",
        ),
    ] = None,
    symmetries: Annotated[
        Literal["1", "4", "8"] | None,
        typer.Option(
            "--symmetries",
            help="Number of symmetries to average over; 1 is fastest.",
            show_default="as in maps",
        ),
    ] = None,
    licence: Annotated[
        str,
        typer.Option("--licence", "--license", help="Licence of the weights, for the metadata."),
    ] = "",
) -> None:
    """Write a network as ONNX, for the QGIS plug-in Deepness and other programs.

    The network takes the unscaled pixel values of an image and returns the probabilities of its
    map. Prints bands, standardisation, pixel size, tiles and threshold as JSON.
    """
    from slidelens.api.exporting import export_network
    from slidelens.api.generic import describe_generic_weights
    from slidelens.api.scene import SceneFile
    from slidelens.geo.rasters.header import read_header
    from slidelens.geo.rasters.options import ReadingOptions

    if bands and scene is None:
        raise ParamsError("--bands has no use without --scene; give both")
    if weights is None:
        log.info("%s", describe_generic_weights())
    reading = ReadingOptions(tuple(bands or ()), nodata, "--bands", "--nodata")
    image = None if scene is None else SceneFile(read_header(scene, reading))
    exported = export_network(
        weights,
        out,
        format=format,
        scene=image,
        standardise=standardise,
        nodata=nodata,
        tile_px=tile,  # type: ignore[arg-type]  # what the parser returns
        symmetries=None if symmetries is None else int(symmetries),
        licence=licence,
    )
    print_json(exported.to_dict())
