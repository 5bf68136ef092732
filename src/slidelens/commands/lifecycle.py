"""`slidelens lifecycle`: trace landslides through the inventories of several dates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.console import print_json, several
from slidelens.errors import InventoryError, ParamsError
from slidelens.outputs import require_geopackage
from slidelens.resources import require_readable_file

_RULES = LifecycleRules()


def command(
    inventories: Annotated[
        list[Path],
        typer.Argument(
            metavar="INVENTORY", help="Landslide polygons, one file per date; any CRS, any order."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="GeoPackage to write with the layers observations, landslides and edges.",
        ),
    ],
    dates: Annotated[
        list[str] | None,
        several(
            "--dates",
            metavar="DATE",
            help="Labels of the inventories, in the same order; by default the file names. "
            "Labels without a date must be in time order.",
        ),
    ] = None,
    observed: Annotated[
        list[str] | None,
        several(
            "--observed",
            metavar="DATE=FILE",
            help="Area observed at a date: polygons, or the valid pixels of a raster; "
            "nothing heals outside it. Without it: everything, or the area of --aoi.",
        ),
    ] = None,
    nodata: Annotated[
        float | None,
        typer.Option(
            "--nodata",
            help="Nodata value in the rasters of --observed, in addition to the one that the "
            "files declare.",
        ),
    ] = None,
    increments: Annotated[
        bool,
        typer.Option(
            "--increments",
            help="Each inventory contains only what is new since the previous one; "
            "absence does not mean healed.",
        ),
    ] = False,
    aoi: Annotated[
        Path | None,
        typer.Option(
            "--aoi",
            help="Polygon of the mapped area, for rates per km² and the random-placement test; "
            "outside it is unobserved.",
            show_default="around all landslides",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs",
            help="Metric CRS for all inventories, for example EPSG:32645.",
            show_default="that of the earliest inventory, or its UTM zone",
        ),
    ] = None,
    tolerance_m: Annotated[
        float, typer.Option("--tolerance-m", help="Registration error, metres, 0 to 1,000.")
    ] = _RULES.tolerance_m,
    minimum_overlap: Annotated[
        float,
        typer.Option(
            "--minimum-overlap",
            help="Minimum shared fraction of the smaller outline for two to be one landslide.",
        ),
    ] = _RULES.minimum_overlap,
    changed_share: Annotated[
        float,
        typer.Option(
            "--changed-share",
            help="Minimum share of net growth or loss to call a landslide expanded or shrinking.",
        ),
    ] = _RULES.changed_share,
    minimum_observed: Annotated[
        float | None,
        typer.Option(
            "--minimum-observed",
            help="Share of a landslide that must be observed as landslide-free to count as healed.",
            show_default=str(_RULES.minimum_observed),
        ),
    ] = None,
) -> None:
    """Trace landslides through dated inventories: permanent ids, states, mergers and splits.

    Prints counts and areas by date, rates, recovery and path dependency as JSON.
    """
    from slidelens.api.histories import trace_landslides
    from slidelens.api.inputs.dates import dated_files, dated_paths
    from slidelens.geo.vectors.file import split_layer

    if increments and minimum_observed is not None:
        raise ParamsError(
            "--minimum-observed has no use with --increments, where nothing heals; leave one out"
        )
    rules = LifecycleRules(
        tolerance_m=tolerance_m,
        minimum_overlap=minimum_overlap,
        changed_share=changed_share,
        minimum_observed=(
            _RULES.minimum_observed if minimum_observed is None else minimum_observed
        ),
        increments=increments,
    )
    require_geopackage(out)
    for path in inventories:  # before their names are read as dates
        require_readable_file(split_layer(path)[0], "inventory", InventoryError)
    histories = trace_landslides(
        dated_paths(inventories, dates),
        area=aoi,
        observed=dated_files(observed or []),
        nodata=nodata,
        crs=crs,
        rules=rules,
    )
    numbers = histories.to_dict()
    histories.save(out)
    print_json(numbers)
