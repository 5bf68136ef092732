"""What a finished study holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.catalog.rasters import highest_value, require_whole
from slidelens.catalog.times import Period, period_of, require_known
from slidelens.dataset.prepared_files import read_split
from slidelens.errors import SlidelensError
from slidelens.geo.geotiff import LayerFile
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.intermediate.reading import stage_output
from slidelens.layers.mapped_date import open_map, read_scores
from slidelens.layers.surface import require_cells
from slidelens.layout import HISTORY_FILES, Layout
from slidelens.outputs import is_utf8
from slidelens.params.schema import Params
from slidelens.resources import require_readable_file
from slidelens.study.layout import find_inventories, read_headers
from slidelens.study.study import Findings

_WEIGHTS = ".weights.h5"
_DENSITIES = ("manual", "predicted")


@dataclass(frozen=True, kw_only=True)
class DatedFiles:
    """What a study holds of a date.

    Attributes:
        date: Label of the date.
        period: When the image was taken.
        scene: The image.
        grid: Grid of the map.
        probability: The map.
        inventory: The mapped inventory, that of the revised map if histories are traced in it.
        revised: The revised map; None if histories are traced in the first one.
        manual: The manual inventory; None if there is none.
        scores: The file of the scores.
        values: Its content.
        weights: Name of the weights.
        densities: Kernel densities by inventory.
        highest_density: The highest value of them; 0 if there is none.
    """

    date: str
    period: Period
    scene: Header
    grid: Grid
    probability: Path
    inventory: Path
    revised: Path | None
    manual: Path | None
    scores: Path
    values: dict[str, Any]
    weights: str
    densities: dict[str, Path]
    highest_density: float

    def require_reached(self, path: Path, bounds: Sequence[float]) -> None:
        """Raise SlidelensError if a file lies apart from the map.

        Args:
            path: The file.
            bounds: What it holds: left, bottom, right, top, in the CRS of the map; NaN: nothing.
        """
        left, bottom, right, top = self.grid.bounds
        if bounds[0] > right or bounds[1] > top or bounds[2] < left or bounds[3] < bottom:
            raise SlidelensError(
                f"{path} lies apart from the map of {self.date}; check its CRS, then run"
                " `dvc repro`"
            )


@dataclass(frozen=True, kw_only=True)
class FinishedStudy:
    """What a finished study holds.

    Attributes:
        params: Its parameters.
        layout: Where the results lie.
        dates: Its dates, in time order.
        histories: The histories of the landslides.
        weights: Weights files by name.
    """

    params: Params
    layout: Layout
    dates: tuple[DatedFiles, ...]
    histories: Path
    weights: dict[str, Path]

    @property
    def simulated(self) -> bool:
        """Whether the study is the simulated one."""
        return self.params.study.is_demo


def open_finished(params: Params, root: Path, told: Mapping[str, str]) -> FinishedStudy:
    """Return what a finished study holds.

    Args:
        params: Its parameters.
        root: Root of its repository.
        told: When images were taken, by label of the date.

    Raises:
        SlidelensError: A file is missing or damaged; the message tells the stage that writes it.
        ParamsError: Nothing tells when an image was taken.
    """
    require_known(told, params.dates)
    layout, findings = Layout(root), Findings()
    histories = layout.lifecycle / HISTORY_FILES["predicted"]
    _require(histories)  # first, as a fresh clone has neither results nor images
    folder = root / params.study.root
    headers = read_headers(folder, params.study, params.dates, findings)
    manual = find_inventories(folder, params.dates, findings)
    if findings.problems:
        raise SlidelensError(findings.problems[0])
    _, grid = read_split(layout.prepared_date(params.dates[0]))
    weights = {
        path.name.removesuffix(_WEIGHTS): path
        for path in sorted(layout.models.glob(f"*{_WEIGHTS}"))
    }
    for path in weights.values():
        _require_utf8(path)
    dates = [
        _open_date(
            params,
            layout,
            grid,
            headers[date],
            manual[date],
            period_of(date, headers[date].path, told),
            date,
        )
        for date in params.dates
    ]
    return FinishedStudy(
        params=params, layout=layout, dates=tuple(dates), histories=histories, weights=weights
    )


def _open_date(
    params: Params,
    layout: Layout,
    grid: Grid,
    scene: Header,
    manual: Path | None,
    period: Period,
    date: str,
) -> DatedFiles:
    probability, inventory = layout.probability(date), layout.inventory(date)
    open_map(probability, grid)
    require_whole(probability)
    revised = None
    if params.lifecycle.revise:
        revised = layout.revised / date / "probability.tif"
        inventory = layout.revised / date / "inventory.gpkg"
        open_map(revised, grid)
        require_whole(revised)
    _require(inventory)
    paths = {name: layout.density / date / f"{name}.tif" for name in _DENSITIES}
    densities = {name: path for name, path in paths.items() if path.exists()}
    highest = 0.0
    for path in densities.values():
        with stage_output(path):
            require_cells(LayerFile(path).grid, grid, path)
        highest = max(highest, highest_value(path))
    dated = DatedFiles(
        date=date,
        period=period,
        scene=scene,
        grid=grid,
        probability=probability,
        inventory=inventory,
        revised=revised,
        manual=manual,
        scores=layout.scores(date),
        values=read_scores(layout.scores(date)),
        weights=f"{date}{_WEIGHTS}",
        densities=densities,
        highest_density=highest,
    )
    dated.require_reached(scene.path, scene.bounds_in(grid.crs))
    return dated


def _require_utf8(path: Path) -> None:
    if not is_utf8(path.name):
        raise SlidelensError(
            f"{path} has a name that is not in UTF-8, which no link can hold; rename it"
        )


def _require(path: Path) -> None:
    with stage_output(path):
        require_readable_file(path, "result", SlidelensError)
