"""The shift between the outlines of landslides and an image, by the contrast across outlines.

Bands are combined as they part landslides from the ground around them best (Fisher's linear
discriminant). Of every small shift of the outlines, the mean gradient of that image into the
landslides is computed; at the true shift it is largest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from scipy.ndimage import binary_dilation, distance_transform_cdt, map_coordinates
from shapely.geometry.base import BaseGeometry

from slidelens.analysis.registration.images import REACH_PX, PixelReader, edge_gradients
from slidelens.analysis.registration.shift import Shift, shift_of
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.geo.windowed import Part
from slidelens.types import Float32, Float64, Mask

FEWEST_LANDSLIDES = 20
_MOST_LANDSLIDES = 400
_RANGE_PX, _STEP_PX = 3.0, 0.5
_POINTS_PX = 2.0  # distance of points along an outline
_AROUND_PX = (2, 8)  # ground around landslides, from and to which distance of them
_MARGIN = 12  # pixels around a landslide that are read
_LARGEST_PX = 512  # side of a landslide's window
_CLEAR_PX = REACH_PX + int(_RANGE_PX) + 1  # of usable ground around a point that counts
_USABLE_SHARE = 0.7  # of the points of an outline


def outline_shift(
    read: PixelReader, shapes: Sequence[BaseGeometry], grid: Grid, ground: Mask
) -> Shift | None:
    """Return how far outlines lie from the edges in an image; None if it cannot be told.

    Pixels off the ground have no influence.

    Args:
        read: Returns the (rows, columns, bands) pixels of some rows and columns.
        shapes: Outlines of landslides, in the grid's CRS.
        grid: Grid of the image.
        ground: (height, width) mask of the pixels that are valid and may be used.
    """
    if len(shapes) < FEWEST_LANDSLIDES:
        return None
    landslides = rasterise(shapes, grid)
    chosen = [
        (shape, part)
        for shape in shapes
        if (part := _window(shape, grid)) is not None and (ground & landslides)[part].any()
    ]
    chosen = chosen[:: max(1, -(-len(chosen) // _MOST_LANDSLIDES))]
    # Windows are read twice: all of them may take more memory than there is.
    combination = _discriminant(read, [part for _, part in chosen], landslides, ground)
    if combination is None:
        return None
    surfaces = [
        surface
        for shape, part in chosen
        if (surface := _surface(shape, grid, part, read(part) @ combination, ground)) is not None
    ]
    if len(surfaces) < FEWEST_LANDSLIDES:
        return None
    found = shift_of(np.stack(surfaces), (-_RANGE_PX, -_RANGE_PX), _STEP_PX, FEWEST_LANDSLIDES)
    return None if found is None else -found


def _window(shape: BaseGeometry, grid: Grid) -> Part | None:
    """Return the rows and columns around a shape; None if it lies elsewhere or is huge."""
    if shape.is_empty:
        return None
    left, bottom, right, top = shape.bounds
    first, last = grid.pixel_of(left, top), grid.pixel_of(right, bottom)
    pieces = [
        slice(max(0, int(start) - _MARGIN), min(length, int(stop) + _MARGIN + 1))
        for start, stop, length in zip(first, last, grid.shape, strict=True)
    ]
    sides = [piece.stop - piece.start for piece in pieces]
    return (pieces[0], pieces[1]) if min(sides) >= 2 and max(sides) <= _LARGEST_PX else None


def _discriminant(
    read: PixelReader, parts: Sequence[Part], landslides: Mask, ground: Mask
) -> Float32 | None:
    """Return the (bands,) weights that part landslides from their surroundings."""
    inside, around = [], []
    for part in parts:
        pixels, slid = read(part), landslides[part]
        near, far = (binary_dilation(slid, iterations=distance) for distance in _AROUND_PX)
        inside.append(pixels[slid & ground[part]])
        around.append(pixels[far & ~near & ground[part]])
    if not inside:
        return None
    samples = [np.concatenate(values).astype(np.float64) for values in (inside, around)]
    bands = samples[0].shape[1]
    if min(map(len, samples)) <= bands:
        return None
    scatter = sum(np.atleast_2d(np.cov(sample.T)) for sample in samples) / 2
    scatter = scatter + np.diag(np.maximum(1e-3 * np.diag(scatter), 1e-12))
    difference = samples[0].mean(axis=0) - samples[1].mean(axis=0)
    weights = np.linalg.solve(scatter, difference)
    length = np.sqrt(weights @ scatter @ weights)
    return (weights / length).astype(np.float32) if length > 0 else None


def _surface(
    shape: BaseGeometry, grid: Grid, part: Part, image: Float32, ground: Mask
) -> Float64 | None:
    """Return the sum over an outline of the gradient into the landslide, for each shift.

    None if much of the outline is not on clear ground.
    """
    points, normals = _outline(shape, grid, part)
    distance = distance_transform_cdt(np.pad(ground[part], 1), "chessboard")
    clear = distance[1:-1, 1:-1] > _CLEAR_PX
    rows, columns = np.round(points).astype(int).T
    usable = (rows >= 0) & (rows < clear.shape[0]) & (columns >= 0) & (columns < clear.shape[1])
    usable[usable] = clear[rows[usable], columns[usable]]
    if usable.mean() < _USABLE_SHARE:
        return None
    offsets = np.arange(-_RANGE_PX, _RANGE_PX + _STEP_PX / 2, _STEP_PX)
    moved = np.broadcast_arrays(
        points[usable, 0][:, None, None] + offsets[:, None],
        points[usable, 1][:, None, None] + offsets[None, :],
    )
    along = (
        map_coordinates(one[..., 0], moved, order=1) for one in edge_gradients(image[..., None])
    )
    return np.asarray(
        sum(
            np.einsum("n,nrc->rc", normal, one)
            for normal, one in zip(normals[usable].T, along, strict=True)
        )
    )


def _outline(shape: BaseGeometry, grid: Grid, part: Part) -> tuple[Float64, Float64]:
    """Return (points, 2) rows and columns along an outline, and the unit normals into it."""
    points, normals = [], []
    for ring, is_hole in _rings(shape):
        rows, columns = grid.pixel_of(*np.asarray(ring.coords)[:, :2].T)
        place = np.column_stack([rows - part[0].start, columns - part[1].start]) - 0.5
        line = shapely.LinearRing(place)
        number = max(4, round(line.length / _POINTS_PX))
        half = line.length / number / 2
        middle = (np.arange(number) + 0.5) * 2 * half
        before, at, after = (
            shapely.get_coordinates(shapely.line_interpolate_point(line, middle + step))
            for step in (-half, 0, half)
        )
        along = after - before
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        left = np.column_stack([-along[:, 1], along[:, 0]])
        points.append(at)
        normals.append(left if line.is_ccw != is_hole else -left)
    return np.concatenate(points), np.concatenate(normals)


def _rings(shape: BaseGeometry) -> Iterator[tuple[shapely.LinearRing, bool]]:
    """Yield the rings of polygons, each with whether it is a hole."""
    for polygon in shapely.get_parts(shape):
        yield polygon.exterior, False
        for hole in polygon.interiors:
            yield hole, True
