"""Adapt trained weights to a scene with a handful of marks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.api.inputs import PathLike
from slidelens.api.mapping.preparation import LARGE_SHIFT, largest_shift, open_source
from slidelens.api.network import Network, load_weights
from slidelens.api.notebook import html_list
from slidelens.api.scene import SceneFile, open_scene
from slidelens.errors import InventoryError, OutputError, ParamsError, SceneError
from slidelens.escaping import counted
from slidelens.files import atomic_write, require_writable
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.geo.windowed import Part
from slidelens.layers.marks import NOT_LANDSLIDE, Marks, read_marks
from slidelens.learning.adaptation.adapt import adapt_network
from slidelens.learning.adaptation.choice import Score
from slidelens.learning.adaptation.doubts import doubts
from slidelens.learning.adaptation.marked import MarkedGround, mark_ground
from slidelens.learning.adaptation.sample import sample_places, take_sample
from slidelens.learning.adaptation.scene_pixels import KeptPixels, ScenePixels
from slidelens.learning.adaptation.suggestions import BOX_PX, Suggestion, suggest_boxes
from slidelens.learning.adaptation.training import load_for_training
from slidelens.learning.inference.weights import WeightsMetadata, save_weights
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.tiling.identity import weights_digest
from slidelens.learning.tiling.tile_source import TileSource, combine_moments
from slidelens.overwriting import refuse_overwriting
from slidelens.resources import require_memory
from slidelens.types import Shapes

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

SUGGESTIONS = "suggestions"  # layer, and end of the name of its file
_SUFFIX = ".weights.h5"
_AROUND_PX = 128  # around the marks, of what is read
_BYTES_PER_PIXEL = 20  # labels and numbers of marks
_MOST_SUGGESTIONS = 1000
_FEWEST = 2  # landslides, of which one is held back


@dataclass(frozen=True, repr=False)
class Adaptation:
    """Weights that were adapted to a scene, and how good they are on marks held back.

    Attributes:
        chosen: What was changed: `start` (nothing), `threshold` (and calibration) or `network`.
        landslides: Number of marked landslides that are seen.
        bare: Number of marked places without landslides.
        score: F1 on marks that were held back, with an interval of 90 %.
        start: F1 of the start on the same marks.
        landslide_share: Estimated share of the scene that is landslide.
        doubts: Why the score is not to be trusted; empty if it is.
        suggestions: Boxes worth marking next, the best first, each with its reason.
        metadata: What the weights file holds besides the weights.
        network: The network.
        inputs: Files that were read, which are not overwritten.
    """

    chosen: str
    landslides: int
    bare: int
    score: Score
    start: Score
    landslide_share: float
    doubts: tuple[str, ...]
    suggestions: gpd.GeoDataFrame
    metadata: WeightsMetadata
    network: keras.Model
    inputs: tuple[Path, ...] = ()

    @property
    def threshold(self) -> float:
        """Probability from which a pixel is landslide."""
        return self.metadata.threshold

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as JSON values, those of `slidelens adapt`."""
        return {
            "chosen": self.chosen,
            "landslides": self.landslides,
            "bare": self.bare,
            "f1": self.score.f1,
            "f1_interval": [self.score.low, self.score.high],
            "f1_start": self.start.f1,
            "f1_start_interval": [self.start.low, self.start.high],
            "threshold": self.threshold,
            "landslide_share": self.landslide_share,
            "doubts": list(self.doubts),
            "suggestions": len(self.suggestions),
        }

    def save(self, path: PathLike) -> None:
        """Write the weights, and the suggestions beside them, if there are any: both or none.

        The suggestions of `mine.weights.h5` are the layer `suggestions` of `mine.suggestions.gpkg`.

        Args:
            path: A new file `*.weights.h5`.

        Raises:
            OutputError: The name does not end so, or a file cannot be written or has been read.
        """
        path = Path(path)
        require_output(path, self.inputs, len(self.suggestions))
        with atomic_write(path) as temporary:
            save_weights(self.network, self.metadata, temporary)
            if len(self.suggestions):
                write_inventory(self.suggestions, suggestions_path(path), SUGGESTIONS)

    def __repr__(self) -> str:
        score = self.score
        return (
            f"<Adaptation: {self.chosen}, F1 {score.f1:.2f} ({score.low:.2f} to {score.high:.2f})"
            f" on {counted(self.landslides, 'landslide')} and {counted(self.bare, 'bare place')}"
            f" held back, {self.start.f1:.2f} before>"
        )

    def _repr_html_(self) -> str:
        return html_list(
            {
                "changed": self.chosen,
                "landslides": self.landslides,
                "bare places": self.bare,
                "F1 on marks held back": self.score.f1,
                "from": self.score.low,
                "to": self.score.high,
                "F1 before": self.start.f1,
                "threshold": self.threshold,
                "doubts": "; ".join(self.doubts) or None,
            }
        )


def require_output(path: Path, inputs: Iterable[Path], suggest: int) -> None:
    """Raise OutputError unless weights, and suggestions if there are any, can be written.

    Args:
        path: The weights file to write.
        inputs: Files that are read.
        suggest: Number of suggestions.
    """
    if not path.name.endswith(_SUFFIX):
        raise OutputError(f"{path} does not end in {_SUFFIX}; name it {path}{_SUFFIX}")
    outputs = [path, suggestions_path(path)] if suggest else [path]
    refuse_overwriting({"inputs": list(inputs), "out": outputs})
    require_writable(*outputs)


def suggestions_path(weights: Path) -> Path:
    """Return the file of the suggestions beside a weights file."""
    return weights.with_name(f"{weights.name.removesuffix(_SUFFIX)}.{SUGGESTIONS}.gpkg")


def adapt(
    scene: SceneFile | PathLike,
    labels: PathLike | gpd.GeoDataFrame,
    weights: Network | PathLike,
    *,
    suggest: int = 10,
    dem: PathLike | None = None,
    seed: int = 1,
) -> Adaptation:
    """Adapt trained weights to a scene of which a few landslides and bare places are marked.

    The weights as they are, with another threshold and calibration, and after a short training on
    the marks are compared on marks held back; they stay as they are unless another is clearly
    better.

    Args:
        scene: A scene whose bands have the names that the network was trained on.
        labels: Polygons of landslides; of column `class` or layer `not landslide`: ground without
            any; of a layer `mapped`: where every landslide is marked. All else is unknown.
        weights: The weights to start from.
        suggest: Number of boxes to suggest for marking next.
        dem: Elevation raster, for networks that use slope.
        seed: Seed of the training and of the draws.

    Raises:
        InventoryError: The marks cannot be read, lie outside the scene, or are of one kind.
        SceneError: The scene lacks bands or valid pixels.
        WeightsError: The weights cannot be read.
        ParamsError: A number is out of range.
    """
    if not 0 <= suggest <= _MOST_SUGGESTIONS:
        raise ParamsError(f"suggest (--suggest) is {suggest}; give 0 to {_MOST_SUGGESTIONS}")
    if not 0 <= seed < 2**32:
        raise ParamsError(f"seed (--seed) is {seed}; give a whole number from 0 to 2³² − 1")
    network = weights if isinstance(weights, Network) else load_weights(weights)
    scene = scene if isinstance(scene, SceneFile) else open_scene(scene)
    marks = read_marks(labels)
    source = _standardised(
        open_source(scene, network, None if dem is None else Path(dem)), network, seed
    )
    ground, corner = _mark_ground(source, marks)
    sample = take_sample(ScenePixels(source, _whole(source)), seed)
    if not len(sample.pixels):
        raise SceneError(f"{scene.path} has hardly a valid pixel; give another scene")
    quiet_tensorflow()
    model = load_for_training(network.path, network.metadata)
    metadata = network.metadata
    if source.statistics is not None:
        metadata = replace(metadata, statistics=source.statistics)
    adapted = adapt_network(
        model,
        metadata,
        weights_digest(network.path),
        ground,
        sample,
        seed,
        scene.path.name,
    )
    boxes = suggest_boxes(model, adapted.metadata, ground, corner, sample, suggest)
    bare = len(ground.is_landslide) - ground.landslides
    return Adaptation(
        chosen=adapted.chosen,
        landslides=ground.landslides,
        bare=bare,
        score=adapted.score,
        start=adapted.start,
        landslide_share=adapted.share,
        doubts=doubts(ground.landslides, bare, adapted.score),
        suggestions=_as_frame(boxes, source.grid),
        metadata=adapted.metadata,
        network=model,
        inputs=(scene.path, network.path, *([] if dem is None else [Path(dem)]), *_files(labels)),
    )


def _files(labels: PathLike | gpd.GeoDataFrame) -> list[Path]:
    return [] if isinstance(labels, gpd.GeoDataFrame) else [Path(labels)]


def _whole(source: TileSource) -> Part:
    return slice(0, source.grid.height), slice(0, source.grid.width)


def _standardised(source: TileSource, network: Network, seed: int) -> TileSource:
    """Return the scene standardised as its maps will be.

    A scene whose bands are far from those of the training data is centred on its own means, as
    `slidelens map --standardise means` does; the adapted weights keep these means.
    """
    if source.local_window_px:
        return replace(source, statistics=None)
    trained = network.metadata.statistics
    places = sample_places(source.grid.shape, seed)
    own = combine_moments(source.channels, [source.summarise(place) for place in places])
    if not own.pixels or largest_shift(own, trained)[1] <= LARGE_SHIFT:
        return source
    log.info(
        "%s: standardised by its own means, which are far from the training data's",
        source.header.path.name,
    )
    return replace(source, statistics=replace(own, deviation=trained.deviation))


def _mark_ground(source: TileSource, marks: Marks) -> tuple[MarkedGround, tuple[int, int]]:
    """Return the marks on the part of the grid around them, and its first row and column."""
    grid = source.grid
    landslides, bare, mapped = marks.in_crs(grid.crs.to_wkt())
    part = _part_around(np.concatenate([landslides, bare, mapped]), grid, marks.name)
    rows, columns = part
    size = (rows.stop - rows.start) * (columns.stop - columns.start)
    require_memory(
        float(size) * _BYTES_PER_PIXEL,
        f"the ground between the marks of {marks.name}",
        "mark places nearer to each other, or cut the scene",
    )
    ground = mark_ground(
        KeptPixels(ScenePixels(source, part)),
        grid.window(Window.from_slices(*part)),
        landslides,
        bare,
        mapped,
    )
    _require_both(ground, marks, source)
    return ground, (rows.start, columns.start)


def _part_around(shapes: Shapes, grid: Grid, name: str) -> Part:
    if not len(shapes):
        raise InventoryError(f"{name} has no polygon; mark landslides and bare ground")
    left, bottom, right, top = shapely.total_bounds(shapes)
    (first, start), (last, stop) = grid.pixel_of(left, top), grid.pixel_of(right, bottom)
    rows, columns = (
        slice(max(0, int(low) - _AROUND_PX), min(side, int(high) + _AROUND_PX))
        for low, high, side in ((first, last, grid.height), (start, stop, grid.width))
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        raise InventoryError(f"{name} lies outside the scene; check its CRS")
    return rows, columns


def _require_both(ground: MarkedGround, marks: Marks, source: TileSource) -> None:
    """Tell of marks without a pixel; raise InventoryError if there are too few to compare."""
    seen, bare = ground.landslides, len(ground.is_landslide) - ground.landslides
    unseen_boxes = 0 if len(marks.mapped) else len(marks.bare) - bare
    for lost, one, many in (
        (len(marks.landslides) - seen, "landslide has", "landslides have"),
        (unseen_boxes, "box without landslides has", "boxes without landslides have"),
    ):
        if lost > 0:
            log.warning(
                "%s: %s no pixel in %s",
                marks.name,
                counted(lost, one, many),
                source.header.path.name,
            )
    if seen < _FEWEST:
        raise InventoryError(
            f"{marks.name} marks {counted(seen, 'landslide')} that the scene shows;"
            f" at least {_FEWEST} are needed, and ten are a good start"
        )
    if not bare:
        raise InventoryError(
            f"{marks.name} marks no ground without landslides; draw some boxes, and set their"
            f" column `class` to `{NOT_LANDSLIDE}`"
        )


def _as_frame(boxes: list[Suggestion], grid: Grid) -> gpd.GeoDataFrame:
    """Return suggestions as polygons, the first to mark first."""
    shapes = []
    for box in boxes:
        corners = [
            grid.transform @ (box.column + columns, box.row + rows)
            for columns, rows in ((0, 0), (BOX_PX, BOX_PX))
        ]
        (left, top), (right, bottom) = corners
        shapes.append(shapely.box(left, bottom, right, top))
    columns = {
        name: [getattr(box, name) for box in boxes]
        for name in ("reason", "probability", "unsureness", "difference")
    }
    rank = list(range(1, len(boxes) + 1))
    return gpd.GeoDataFrame({"rank": rank, **columns}, geometry=shapes, crs=grid.crs.to_wkt())
