"""`slidelens fetch`: images of an area from a STAC catalogue, as scenes of a study."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slidelens.console import print_json, several
from slidelens.escaping import printable
from slidelens.fetching.request import DEFAULT_CATALOGUE
from slidelens.run import resumable

if TYPE_CHECKING:
    from slidelens.api.fetching import FetchedStudy

log = logging.getLogger(__name__)


def command(
    dates: Annotated[
        list[str],
        several(
            "--dates",
            metavar="START/END",
            help="Time windows, one image for each, for example 2018-08-01/2018-09-05, or single"
            " days.",
        ),
    ],
    aoi: Annotated[
        Path | None,
        typer.Option(
            "--aoi",
            help="Vector file with polygons of the area; required for a study's first fetch.",
            show_default="that of the study",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the study to add scenes to."),
    ] = Path("data/raw"),
    catalog: Annotated[
        str,
        typer.Option(
            "--catalog",
            metavar="URL|FOLDER|FILE",
            help="STAC API, static catalogue (address, folder or JSON), or stac-geoparquet file.",
        ),
    ] = DEFAULT_CATALOGUE,
    collection: Annotated[
        str, typer.Option("--collection", metavar="ID", help="Collection of the images.")
    ] = "sentinel-2-l2a",
    bands: Annotated[
        list[str] | None,
        several(
            "--bands",
            metavar="BAND",
            help="Bands by name; by default red, green, blue and nir, if the collection has them.",
        ),
    ] = None,
    composite: Annotated[
        bool,
        typer.Option(
            "--composite",
            help="Take the median of all clear pixels of a window, not its least cloudy image.",
        ),
    ] = False,
    max_cloud: Annotated[
        float,
        typer.Option(
            "--max-cloud",
            metavar="PERCENT",
            help="Skip images with more cloud cover according to the catalogue.",
        ),
    ] = 80.0,
    heights: Annotated[
        bool,
        typer.Option(
            "--heights", help="Fetch the Copernicus DEM (cop-dem-glo-30) too, as terrain/dem.tif."
        ),
    ] = False,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs",
            help="CRS of the grid, in metres.",
            show_default="the UTM zone of the area's centre",
        ),
    ] = None,
    pixel_m: Annotated[
        float | None,
        typer.Option("--pixel-m", metavar="M", help="Pixel size, metres.", show_default="10"),
    ] = None,
) -> None:
    """Fetch dated images of an area from a STAC catalogue as the scenes of a study.

    Clouds and shadows become nodata. All scenes of a study lie on one grid, including those of
    later fetches. A JSON file beside each scene records its sources. Prints scenes, grid and
    failures as JSON; the exit status is 2 if a window failed. To resume an interrupted fetch, run
    the same command again.
    """
    from slidelens.api.fetching import fetch

    with resumable("scenes that are finished stay, and the same command goes on"):
        fetched = fetch(
            aoi,
            dates,
            out,
            catalog=catalog,
            collection=collection,
            bands=bands or None,
            composite=composite,
            max_cloud=max_cloud,
            heights=heights,
            crs=crs,
            pixel_m=pixel_m,
        )
    print_json(fetched.to_dict())
    for line in _next_steps(fetched):
        print(printable(line), file=sys.stderr)
    if fetched.failed:
        if len(fetched.failed) > 1:
            log.error(
                "%d parts of what was asked for failed; the same command tries again:",
                len(fetched.failed),
            )
        for what, message in fetched.failed.items():
            log.error("%s: %s", what, message)
        raise typer.Exit(2)


def _next_steps(fetched: FetchedStudy) -> list[str]:
    """Return what to type next; nothing without scenes."""
    if not fetched.scenes:
        return []
    latest = shlex.quote(str(fetched.scenes[-1]))
    # All dates of the study, also those fetched before: `slidelens dates` sets the whole list.
    dates = shlex.join(sorted(path.stem for path in fetched.scenes[-1].parent.glob("*.tif")))
    root = f" # study.root: {fetched.folder}" if fetched.folder != Path("data/raw") else ""
    return [
        "# a first map with the generic weights:",
        f"slidelens map {latest} -o my-map",
        "# a pipeline, in a folder made by slidelens init:",
        f"slidelens dates {dates}{root}",
    ]
