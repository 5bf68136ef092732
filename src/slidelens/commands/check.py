"""`slidelens check`: list what a study holds, what is wrong with it and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_lines
from slidelens.errors import SlidelensError
from slidelens.geo.grid import crs_name
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.params.schema import Params
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.reading import RawData, read_raw_data
from slidelens.study.study import PreparationTarget, Study


def command(
    study: Annotated[
        Path | None,
        typer.Argument(help="The study's folder.", show_default="study.root of params.yaml"),
    ] = None,
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
) -> None:
    """Read a study, train nothing: what is there, what is wrong, how to mend it.

    Nothing is written. The exit status is 2 if there are problems.
    """
    values = load_params(params)
    if study is not None:
        root = values.study.model_copy(update={"root": str(study)})
        values = values.model_copy(update={"study": root})
    if not check(values):
        raise typer.Exit(2)


def check(params: Params) -> bool:
    """Print a study, its notes and its problems; return whether it has none."""
    study = open_study(params)
    problems = [*study.problems, *_show(study, params)]
    if not problems:
        problems = _split_problems(study, params)
    print_lines(f"note: {note}" for note in study.notes)
    print_lines(f"problem: {problem}" for problem in problems)
    number = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    print(number, "found" if problems else "found: `dvc repro` can run")
    return not problems


def _split_problems(study: Study, params: Params) -> list[str]:
    """Return what stops `prepare` though every file is fine, for example too few blocks."""
    try:
        for _ in prepare_targets(study, params):
            pass
    except SlidelensError as error:
        return [str(error)]
    return []


def _show(study: Study, params: Params) -> list[str]:
    """Print a line for each image that can be read; return the problems of the others."""
    problems = []
    bands = ", ".join((*study.bands, *study.derived)) or "unknown"
    print(f"study {params.study.root}: {len(params.dates)} dates, bands {bands}")
    for ground in (*study.grounds, *([study.pretrain] if study.pretrain else [])):
        try:
            print("  " + _line(read_raw_data(ground, study.bands, params.study.band_names)))
        except SlidelensError as error:
            problems.append(str(error))
    return problems


def _line(data: RawData) -> str:
    ground, scene = data.ground, data.scene
    valid_share = (scene.valid & data.inside).sum() / data.inside.sum()
    area_km2 = data.inside.sum() * scene.grid.pixel_area_m2 / 1e6
    return (
        f"{ground.name}: {_source(ground)} → {scene.grid.describe()}; area {area_km2:.1f} km², "
        f"{100 * valid_share:.0f} % seen; {_landslides(data)}"
    )


def _source(ground: PreparationTarget) -> str:
    grid = ground.header.grid
    size = f"{grid.height} × {grid.width}"
    return f"{ground.header.path.name} {size} {ground.header.dtype} {crs_name(grid.crs)}"


def _landslides(data: RawData) -> str:
    inventory = data.inventory
    if inventory is None:
        return "no inventory"
    if inventory.empty:
        return "0 landslides"
    areas_m2 = inventory.area
    return (
        f"{len(inventory)} landslides, {areas_m2.sum() / 1e6:.3f} km², "
        f"{areas_m2.min():.0f}–{areas_m2.max():.0f} m²"
    )
