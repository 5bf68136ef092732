"""`slidelens map`: map the landslides of new scenes with trained or generic weights."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from slidelens.console import BandsOption, NodataOption, print_json
from slidelens.escaping import counted
from slidelens.run import resumable

if TYPE_CHECKING:
    from slidelens.api.mapping.job_ledger import Job

log = logging.getLogger(__name__)


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


def _scene(text: str) -> Path:
    if not text:  # of a shell variable that is not set, perhaps; Path("") is the current folder
        raise typer.BadParameter("a scene is empty text; give a file, or . for the current folder")
    return Path(text)


def command(
    scenes: Annotated[
        list[Path],
        typer.Argument(
            parser=_scene,
            metavar="SCENES",
            help="Images with the same band names as the training images; folders of"
            " images; STAC catalogues, collections or items (JSON).",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="New folder for probability.tif and inventory.gpkg; for several scenes, it gets"
            " jobs.csv and a subfolder per scene, and the same command resumes in it.",
        ),
    ],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            help="Weights file models/*.weights.h5, or models:/NAME@ALIAS or models:/NAME/VERSION"
            " of MLflow's model registry.",
            show_default="the generic weights of the package, for red, green and blue",
        ),
    ] = None,
    bands: BandsOption = None,
    nodata: NodataOption = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            help="Elevation raster: fragments are merged down the slope, "
            "and weights that were trained with slope need it.",
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before",
            metavar="EARLIER",
            help="Earlier image of the same area, with the same bands, for weights that were"
            " trained with the change since the date before.",
        ),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            "--threshold",
            parser=_threshold,
            metavar="P|expected",
            help="Probability at or above which a pixel is landslide, or `expected`: best expected "
            "F1 of this map, for images with landslides far from the training area.",
            show_default="that of the weights",
        ),
    ] = None,
    min_area_m2: Annotated[
        float,
        typer.Option(
            "--min-area-m2",
            parser=_area,
            metavar="M2",
            help="Drop smaller fragments before merging.",
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
    engine: Annotated[
        Literal["auto", "tensorflow", "openvino", "onnxruntime"],
        typer.Option(
            "--engine",
            help="Library that runs the network; `auto`: TensorFlow if installed, else OpenVINO.",
        ),
    ] = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        typer.Option(
            "--precision",
            help="Precision of the convolutions; `auto`: bfloat16 for a U-Net with batch"
            " normalisation where the processor has it, else float32.",
        ),
    ] = "auto",
    format: Annotated[
        Literal["gpkg", "parquet", "fgb"],
        typer.Option(
            "--format",
            help="Format of the inventory: GeoPackage with styles for QGIS, GeoParquet or"
            " FlatGeobuf.",
        ),
    ] = "gpkg",
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Also write density.tif and report.html, a page to share that works offline.",
        ),
    ] = False,
    asset: Annotated[
        str | None,
        typer.Option(
            "--asset",
            metavar="NAME",
            help="Asset of STAC items that is the scene.",
            show_default="the one with the role `data`, or the only raster",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, metavar="N", help="Map with N processes on this machine (Dask)."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Map on the workers of a running Dask scheduler, for example tcp://10.0.0.1:8786.",
        ),
    ] = None,
    window: Annotated[  # of earlier versions, whose memory depended on it
        int | None, typer.Option("--window", hidden=True, min=1)
    ] = None,
) -> None:
    """Map the landslides of scenes: a probability raster and an inventory of each.

    Prints number and area of landslides, the mapped area and the threshold as JSON; for several
    scenes, these numbers for each scene and in total. To resume an interrupted map, run the same
    command again.
    """
    from slidelens.api.generic import describe_generic_weights, network_of
    from slidelens.api.mapping.job_ledger import require_ledger_or_nothing
    from slidelens.api.mapping.map_files import require_map_folder
    from slidelens.api.mapping.options import MapOptions
    from slidelens.api.mapping.scenes import find_scenes, is_one_scene
    from slidelens.api.mapping.several_scenes import MapJob, map_one_scene, map_scenes
    from slidelens.geo.rasters.options import ReadingOptions
    from slidelens.learning.tiling.cluster import choose_runner

    if window is not None:
        log.info("--window has no effect: the tiles of a map follow from its grid and network")
    options = MapOptions(
        dem=dem,
        before=before,
        threshold=threshold,
        min_area_m2=min_area_m2,
        merge_fragments=not keep_fragments,
        standardise=standardise,
        engine=engine,
        precision=precision,
        format=format,
    )
    reading = ReadingOptions(tuple(bands or ()), nodata, "--bands", "--nodata")
    is_one = asset is None and is_one_scene(scenes)
    (require_map_folder if is_one else require_ledger_or_nothing)(out)
    if weights is None:
        log.info("%s", describe_generic_weights())
    how = MapJob(network=network_of(weights), options=options, reading=reading, report=report)
    found = [] if is_one else find_scenes(scenes, asset, (dem, before))
    with (
        resumable("the same command goes on from what is finished"),
        choose_runner(workers, scheduler) as run,
    ):
        if is_one:
            print_json(map_one_scene(scenes[0], out, replace(how, run=run)).summary())
        else:
            _print_jobs(map_scenes(found, out, replace(how, run=run)))


def _print_jobs(jobs: Sequence[Job]) -> None:
    """Print the numbers of several scenes, and list the failures."""
    done = [job for job in jobs if job.state == "done"]
    failed = [job for job in jobs if job.state != "done"]
    totals = {
        name: round(sum(getattr(job, name) for job in done), 6)  # without the noise of sums
        for name in ("landslides", "area_m2", "mapped_km2")
    }
    print_json(
        {
            "scenes": [job.result() for job in done],
            "failed": [{"scene": job.scene, "message": job.message} for job in failed],
            "totals": {"scenes": len(done), "failed": len(failed), **totals},
        }
    )
    if failed:
        log.error("%d of %s failed:", len(failed), counted(len(jobs), "scene"))
        for job in failed:
            log.error("%s", job.failure)
        raise typer.Exit(2)
