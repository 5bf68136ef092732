"""`slidelens map`: map the landslides of a new scene with trained weights."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from slidelens.console import print_json, several


def _threshold(text: str) -> float | str:
    if text == "expected":
        return text
    with suppress(ValueError):
        if 0 < (value := float(text)) < 1:
            return value
    raise typer.BadParameter(f"{text} is neither between 0 and 1 nor `expected`")


def _area(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (value := float(text)) < float("inf"):
            return value
    raise typer.BadParameter(f"{text} is not an area of 0 m² or more")


def command(
    scene: Annotated[
        Path, typer.Argument(help="Image whose bands have the names of the training images' bands.")
    ],
    weights: Annotated[Path, typer.Option("--weights", help="Weights file models/*.weights.h5.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="New folder for probability.tif and inventory.gpkg.",
        ),
    ],
    bands: Annotated[
        list[str] | None,
        several(
            "--bands",
            metavar="NAME",
            help="Names of all bands in file order, if the file has none or other names.",
        ),
    ] = None,
    nodata: Annotated[
        float | None,
        typer.Option(
            "--nodata", help="Value that stands for no data, besides what the file declares."
        ),
    ] = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            help="Elevation raster: fragments are merged down the slope, "
            "and weights that were trained with slope need it.",
        ),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            "--threshold",
            parser=_threshold,
            metavar="P|expected",
            help="Probability from which a pixel is landslide, or `expected`: the best expected F1 "
            "of this map, for an image with landslides far from the training area.",
            show_default="that of the weights",
        ),
    ] = None,
    min_area_m2: Annotated[
        float,
        typer.Option(
            "--min-area-m2", parser=_area, metavar="M2", help="Leave out smaller fragments."
        ),
    ] = 200.0,
    keep_fragments: Annotated[
        bool,
        typer.Option("--keep-fragments", "--pieces", help="Do not merge fragments of a landslide."),
    ] = False,
    standardise: Annotated[
        Literal["weights", "means", "scene"],
        typer.Option(
            "--standardise",
            help="Standardise bands as on the training area; by this scene's means (haze, season); "
            "or by its means and standard deviations (another sensor).",
        ),
    ] = "weights",
    window: Annotated[
        int,
        typer.Option("--window", help="Largest side predicted at once, pixels; it bounds memory."),
    ] = 2048,
) -> None:
    """Map the landslides of a scene: a probability raster and an inventory.

    Prints number and area of the landslides, the mapped area and the threshold as JSON.
    """
    from slidelens.api.landslide_map import require_new_folder
    from slidelens.api.mapping import map_scene
    from slidelens.api.network import load_weights
    from slidelens.api.scene import SceneFile
    from slidelens.geo.rasters.options import ReadingOptions
    from slidelens.geo.rasters.scene import read_header

    options = ReadingOptions(tuple(bands or ()), nodata, "--bands", "--nodata")
    network, image = load_weights(weights), SceneFile(read_header(scene, options))
    require_new_folder(out)
    result = map_scene(
        image,
        network,
        dem=dem,
        threshold=threshold,  # type: ignore[arg-type]  # _threshold has made a number of it
        min_area_m2=min_area_m2,
        merge_fragments=not keep_fragments,
        standardise=standardise,
        window=window,
    )
    result.save(out)
    print_json(result.summary())
