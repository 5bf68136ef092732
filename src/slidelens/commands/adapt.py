"""`slidelens adapt`: adapt trained weights to a scene with a handful of marks."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import BandsOption, NodataOption, print_json

log = logging.getLogger(__name__)


def command(
    scene: Annotated[Path, typer.Argument(help="The image to map.")],
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="MARKS",
            help="Polygons of landslides, and a few landslide-free boxes of class `not landslide`.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="New weights file, *.weights.h5.")],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            help="Weights to start from; the file is not changed.",
            show_default="the generic weights of the package, for red, green and blue",
        ),
    ] = None,
    suggest: Annotated[
        int,
        typer.Option(
            "--suggest",
            metavar="N",
            help="Number of boxes to suggest for marking next, written beside the weights as"
            " *.suggestions.gpkg; 0: none.",
        ),
    ] = 10,
    bands: BandsOption = None,
    nodata: NodataOption = None,
    dem: Annotated[
        Path | None,
        typer.Option("--dem", help="Elevation raster, for weights that were trained with slope."),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before",
            metavar="EARLIER",
            help="Earlier image of the same area, for weights that were trained with change.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Random seed.")] = 1,
) -> None:
    """Adapt trained weights to an image with a few marked places.

    Prints as JSON what was changed, the F1 on held-out marks before and after with 90 % intervals,
    and any doubts about it. A classifier of the image's colours is added to the weights unless the
    marks show that the map gets worse.
    """
    from slidelens.api.adaptation.adapt import adapt
    from slidelens.api.adaptation.result import require_output
    from slidelens.api.generic import describe_generic_weights
    from slidelens.api.scene import SceneFile
    from slidelens.geo.rasters.header import read_header
    from slidelens.geo.rasters.options import ReadingOptions

    require_output(out, filter(None, (scene, labels, weights)), suggest)
    if weights is None:
        log.info("%s", describe_generic_weights())
    reading = ReadingOptions(tuple(bands or ()), nodata, "--bands", "--nodata")
    adapted = adapt(
        SceneFile(read_header(scene, reading)),
        labels,
        weights,
        suggest=suggest,
        dem=dem,
        before=before,
        seed=seed,
    )
    adapted.save(out)
    print_json(adapted.to_dict())
