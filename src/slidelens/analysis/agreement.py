"""How far two inventories of one area agree: ground, landslides, pieces and sizes.

Scores of ground and of landslides answer different questions: ground is dominated by the few large landslides, counts by the many small.
Overlaps within an inventory count once as ground; every polygon counts as a landslide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.confusion import Counts, count
from slidelens.analysis.overlaps import Floats, Ints, Overlaps, Shapes, overlaps, polygonal, shapes_of, touching, union_by, without
from slidelens.geo.grid import Grid
from slidelens.geo.mask import rasterise

MIN_IOU = 0.5
MIN_SHARE = 0.1
_TILE_PIXELS = 2048
_HALF_DECADE = 10**0.5


@dataclass(frozen=True)
class Ground:
    """Common ground of two inventories, m². Scores are None where they have no meaning, as in `Counts`."""

    observed_m2: float
    predicted_m2: float
    both_m2: float

    @property
    def union_m2(self) -> float:
        """Ground in either."""
        return self.observed_m2 + self.predicted_m2 - self.both_m2

    @property
    def mapping_error(self) -> float | None:
        """(A ∪ B − A ∩ B) / (A ∪ B), 0 for equal inventories and 1 for disjoint ones; None where both are empty.

        Source: Carrara et al. (1992); Galli et al. (2008), Comparing landslide inventory maps, Geomorphology 94.
        """
        return 1 - self.both_m2 / self.union_m2 if self.union_m2 > 0 else None

    def scores(self) -> dict[str, float | None]:
        """Precision, recall, f1 and iou by name."""
        there, mapped = self.observed_m2 > 0, self.predicted_m2 > 0
        return {
            "precision": self.both_m2 / self.predicted_m2 if mapped else None,
            "recall": self.both_m2 / self.observed_m2 if there else None,
            "f1": 2 * self.both_m2 / (self.observed_m2 + self.predicted_m2) if there else None,
            "iou": self.both_m2 / self.union_m2 if there else None,
        }


@dataclass(frozen=True)
class Matching:
    """One-to-one pairs of observed and predicted landslides.

    observed, predicted: (k,) positions; iou: (k,); n_observed, n_predicted: landslides in all
    """

    observed: Ints
    predicted: Ints
    iou: Floats
    n_observed: int
    n_predicted: int

    @property
    def counts(self) -> Counts:
        """Landslides found, falsely alarmed and missed."""
        found = len(self.iou)
        return Counts(found, self.n_predicted - found, self.n_observed - found)

    @property
    def pq(self) -> float | None:
        """Panoptic quality, Σ IoU / (TP + ½ FP + ½ FN); None where nothing is observed.

        Source: Kirillov et al. (2019), Panoptic segmentation, arXiv 1801.00868.
        """
        return float(self.iou.sum()) / ((self.n_observed + self.n_predicted) / 2) if self.n_observed else None


@dataclass(frozen=True)
class Fragmentation:
    """In how many pieces the landslides of one inventory lie in the other. A piece shares a tenth or more of the smaller polygon.

    pieces: (n_observed,) predicted pieces of each observed landslide; joined: (n_predicted,) observed landslides under each predicted one
    """

    pieces: Ints
    joined: Ints

    def summary(self) -> dict[str, float | int | None]:
        """Means over the landslides that have a piece at all, and how many have several."""
        return {
            "pieces_per_observed": _mean_of_some(self.pieces),
            "observed_per_piece": _mean_of_some(self.joined),
            "observed_in_pieces": int((self.pieces > 1).sum()),
            "pieces_joining_observed": int((self.joined > 1).sum()),
        }


def _mean_of_some(numbers: Ints) -> float | None:
    some = numbers[numbers > 0]
    return float(some.mean()) if len(some) else None


def dissolved(shapes: Shapes) -> Shapes:
    """(m,) the same ground in polygons that do not overlap. shapes: (n,) valid polygons."""
    a, b = touching(shapes, shapes)
    _, body = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(len(shapes), len(shapes))), directed=False)
    parts = shapely.get_parts(union_by(body.astype(np.int64), shapes, len(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])


def clipped(shapes: Shapes, area: shapely.Geometry) -> Shapes:
    """(m,) the parts of the shapes on an area; those that lie off it are left out."""
    shapely.prepare(area)
    near = shapes[shapely.intersects(area, shapes)]
    partly = ~shapely.covers(area, near)
    near[partly] = polygonal(shapely.intersection(near[partly], area))
    return near[shapely.area(near) > 0]


def ground_of(observed: Shapes, predicted: Shapes) -> Ground:
    """Common ground of two dissolved inventories in one metric CRS."""
    areas = [float(shapely.area(shapes).sum()) for shapes in (observed, predicted)]
    both = float(overlaps(observed, predicted).area_m2.sum())
    return Ground(areas[0], areas[1], min(both, *areas))  # rounding may make the common ground of equal inventories the larger


def pixel_counts(observed: Shapes, predicted: Shapes, grid: Grid, area: shapely.Geometry | None = None) -> Counts:
    """Pixels that agree, on a common grid, tile by tile; a pixel belongs to a polygon that covers its centre.

    area: ground to compare; by default the whole grid
    """
    trees = [(shapes, shapely.STRtree(shapes)) for shapes in (observed, predicted)]
    total = Counts()
    for tile in _tiles(grid):
        box = shapely.box(*tile.bounds)
        near = [shapes[tree.query(box)] for shapes, tree in trees]
        if area is None and not any(len(some) for some in near):
            total += Counts(true_negative=tile.height * tile.width)
        elif area is None or shapely.intersects(area, box):
            known = None if area is None else rasterise([area], tile)
            total += count(rasterise(near[0], tile), rasterise(near[1], tile), known)
    return total


def _tiles(grid: Grid) -> Iterator[Grid]:
    for row in range(0, grid.height, _TILE_PIXELS):
        for column in range(0, grid.width, _TILE_PIXELS):
            height, width = min(_TILE_PIXELS, grid.height - row), min(_TILE_PIXELS, grid.width - column)
            yield grid.window(Window(column, row, width, height))


def matching_of(observed: Shapes, predicted: Shapes, pairs: Overlaps, min_iou: float = MIN_IOU) -> Matching:
    """The one-to-one pairs with IoU ≥ min_iou that have the largest sum of IoU.

    Where neither inventory overlaps itself and min_iou is over 0.5, there is only one choice.
    pairs: all overlaps of observed and predicted
    """
    union = shapely.area(observed)[pairs.left] + shapely.area(predicted)[pairs.right] - pairs.area_m2
    iou = np.minimum(pairs.area_m2 / union, 1.0)
    likely = iou >= min_iou - 1e-9
    left, right, iou = pairs.left[likely], pairs.right[likely], iou[likely]
    best = _best(left, right, iou)
    return Matching(left[best], right[best], iou[best], len(observed), len(predicted))


def _best(left: Ints, right: Ints, iou: Floats) -> Ints:
    """(k,) the candidate pairs to keep, chosen in each cluster of landslides that compete for each other."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    first = int(left.max()) + 1
    size = first + int(right.max()) + 1
    _, cluster = connected_components(coo_array((np.ones(len(left)), (left, right + first)), shape=(size, size)), directed=False)
    order = np.argsort(cluster[left], kind="stable")
    clusters = np.split(order, np.flatnonzero(np.diff(cluster[left][order])) + 1)
    return np.sort(np.concatenate([one if len(one) == 1 else one[_assigned(left[one], right[one], iou[one])] for one in clusters]))


def _assigned(left: Ints, right: Ints, iou: Floats) -> Ints:
    """The candidates of one cluster that an optimal assignment keeps."""
    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    gain, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
    gain[row, column], which[row, column] = iou, np.arange(len(iou))
    chosen = which[linear_sum_assignment(gain, maximize=True)]
    return chosen[chosen >= 0]


def fragmentation_of(observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE) -> Fragmentation:
    """Pieces each way. pairs: all overlaps; min_share: of the smaller polygon that two must share to be pieces of each other."""
    counted = pieces_of(observed, predicted, pairs, min_share)
    return Fragmentation(np.bincount(counted.left, minlength=len(observed)), np.bincount(counted.right, minlength=len(predicted)))


def pieces_of(observed: Shapes, predicted: Shapes, pairs: Overlaps, min_share: float = MIN_SHARE) -> Overlaps:
    """The pairs of which each is a piece of the other. pairs, min_share: see `fragmentation_of`."""
    smaller = np.minimum(shapely.area(observed)[pairs.left], shapely.area(predicted)[pairs.right])
    return pairs.where(pairs.area_m2 >= min_share * smaller)


def covered_share(shapes: Shapes, ground: Shapes) -> Floats:
    """(n,) share of each polygon that lies on the ground of the other inventory, dissolved."""
    return np.minimum(overlaps(shapes, ground).by_left(len(shapes)) / shapely.area(shapes), 1.0)


@dataclass(frozen=True)
class SizeClass:
    """Landslides of from_m2 ≤ area < to_m2: how many, how many matched one to one, how many half covered; share of their area covered."""

    from_m2: float
    to_m2: float
    landslides: int
    matched: int
    half_covered: int
    covered_share: float


def by_size(areas_m2: Floats, matched: NDArray[np.bool_], covered: Floats) -> list[SizeClass]:
    """Completeness in half decades of area (…, 316, 1000, 3162, … m²), smallest first, empty classes left out.

    areas_m2, matched, covered: (n,) each landslide's area, whether it has a match, and the share of it that is covered
    """
    half_decade = np.floor(np.log(np.maximum(areas_m2, 1e-9)) / np.log(_HALF_DECADE) + 1e-9).astype(int)
    classes = []
    for step in np.unique(half_decade):
        some = half_decade == step
        share = float(covered[some] @ areas_m2[some] / areas_m2[some].sum())
        from_m2, to_m2 = (float(f"{_HALF_DECADE**edge:.4g}") for edge in (step, step + 1))
        classes.append(SizeClass(from_m2, to_m2, int(some.sum()), int(matched[some].sum()), int((covered[some] >= 0.5).sum()), share))
    return classes


@dataclass(frozen=True)
class SizeDifference:
    """Whether two inventories have the same size distribution.

    ks: largest distance of the two distributions of area; p: how often two resamples of the pooled areas lie as far apart
    median_ratio: median predicted area over median observed area, with its 95 % interval
    All None where an inventory is empty; p and the interval also without resamples. The test takes the landslides as independent; two
    inventories of one event share theirs, so that p errs on the high side.
    """

    ks: float | None = None
    p: float | None = None
    median_ratio: float | None = None
    median_ratio_interval: tuple[float, float] | None = None


def size_difference(observed_m2: Floats, predicted_m2: Floats, repeats: int = 999, seed: int = 0) -> SizeDifference:
    """Bootstrap Kolmogorov–Smirnov test of two sets of areas, any order.

    Source: Abadie (2002), Bootstrap tests for distributional treatment effects in instrumental variable models, JASA 97 (valid with ties).
    """
    if not (len(observed_m2) and len(predicted_m2)):
        return SizeDifference()
    random = np.random.default_rng(seed)
    one, other = np.sort(observed_m2), np.sort(predicted_m2)
    pooled, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    ks = _distance(np.bincount(place[: len(one)], minlength=len(pooled)), np.bincount(place[len(one) :], minlength=len(pooled)))
    share = np.bincount(place) / len(place)
    drawn = [_distance(random.multinomial(len(one), share), random.multinomial(len(other), share)) for _ in range(repeats)]
    ratios = [np.median(random.choice(other, len(other))) / np.median(random.choice(one, len(one))) for _ in range(repeats)]
    low, high = np.quantile(ratios, (0.025, 0.975)) if repeats else (np.nan, np.nan)
    return SizeDifference(
        ks=ks,
        p=(1 + sum(distance >= ks - 1e-12 for distance in drawn)) / (1 + repeats) if repeats else None,
        median_ratio=float(np.median(other) / np.median(one)),
        median_ratio_interval=(float(low), float(high)) if repeats else None,
    )


def _distance(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Kolmogorov–Smirnov distance of two samples given as counts of the same ascending values."""
    return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(other) / other.sum()).max())


def agreement_map(observed: Shapes, predicted: Shapes) -> dict[str, Shapes]:
    """Polygons of the hits, misses and false alarms of two dissolved inventories; together they are the ground of both."""
    pairs = overlaps(observed, predicted)
    hits = shapely.intersection(observed[pairs.left], predicted[pairs.right])
    maps = {"hit": hits, "miss": without(observed, predicted), "false alarm": without(predicted, observed)}
    return {kind: _polygons(shapes) for kind, shapes in maps.items()}


def _polygons(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(polygonal(shapes_of(shapes)))
    return shapes_of(parts[shapely.area(parts) > 0])
