"""`slidelens sizes`: size–frequency statistics of an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json
from slidelens.outputs import require_png


def command(
    inventory: Annotated[Path, typer.Argument(help="Polygons, one per landslide.")],
    min_area_m2: Annotated[
        float | None,
        typer.Option(
            "--min-area-m2",
            help="Smallest mapped area; smaller landslides are left out.",
            show_default="the smallest in the inventory",
        ),
    ] = None,
    bootstrap: Annotated[
        int,
        typer.Option(
            "--bootstrap",
            help="Resampled inventories for intervals and tests, at least 10; 0: none.",
        ),
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the resampling.")] = 0,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            help="PNG to draw: density and cumulative number by size, log–log, with the fits.",
        ),
    ] = None,
) -> None:
    """Fit a power law, an inverse gamma and a double Pareto distribution to landslide areas.

    Prints JSON with the fits, their intervals, whether each is reliable, and the event magnitude.
    """
    from slidelens.api.sizes import fit_sizes

    if figure is not None:
        require_png(figure)
    fitted = fit_sizes(inventory, min_area_m2=min_area_m2, bootstrap=bootstrap, seed=seed)
    if figure is not None:
        fitted.plot(figure)
    print_json(fitted.to_dict())
