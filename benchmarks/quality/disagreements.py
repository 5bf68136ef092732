"""The ten places where a map and the manual inventory disagree most, in one picture, to look at what they are.

python -m benchmarks.quality.disagreements data/prepared/post data/maps/post -o worst.png; any folder with an inventory.gpkg will do as the
second, also one that `slidelens map` wrote. A place is a patch of missed or falsely mapped ground, without the pixel along the outlines on
which two mappers would differ too. Orange is manual, dashed blue what the network mapped.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.pair import Mask, Pair, add_arguments, read_pair
from rasterio.windows import Window
from scipy import ndimage

from slidelens.files import atomic_write
from slidelens.geo.raster import Scene
from slidelens.report.figures.cartography import draw_outlines, show_image
from slidelens.report.figures.maps.overview import true_colour
from slidelens.report.figures.style import MANUAL, PREDICTED

ROWS, COLUMNS = 2, 5
HALF_PX = 32


@dataclass(frozen=True)
class Place:
    """A patch of ground on which map and inventory disagree: its centre pixel, its size, and whether it was missed or falsely mapped."""

    row: int
    column: int
    pixels: int
    missed: bool


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()
    pair = read_pair(arguments)
    draw(pair, worst(pair.manual, pair.mapped, pair.known, ROWS * COLUMNS), arguments.out)


def worst(manual: Mask, mapped: Mask, known: Mask, number: int) -> list[Place]:
    """The largest patches of disagreement, the largest first, no two within half a picture of each other.

    manual, mapped, known: (height, width)
    """
    found = [
        place
        for missed in (True, False)
        for place in _patches(manual & ~mapped if missed else mapped & ~manual, known, missed)
    ]
    chosen: list[Place] = []
    for place in sorted(found, key=lambda one: -one.pixels):
        if all(
            max(abs(place.row - one.row), abs(place.column - one.column)) > HALF_PX
            for one in chosen
        ):
            chosen.append(place)
    return chosen[:number]


def _patches(wrong: Mask, known: Mask, missed: bool) -> list[Place]:
    bodies, count = ndimage.label(ndimage.binary_opening(wrong & known))
    numbers = range(1, count + 1)
    sizes = ndimage.sum_labels(bodies > 0, bodies, numbers)
    centres = ndimage.center_of_mass(bodies > 0, bodies, numbers)
    return [
        Place(round(row), round(column), int(size), missed)
        for (row, column), size in zip(centres, sizes, strict=True)
    ]


def around(scene: Scene, place: Place) -> Scene:
    """The scene within HALF_PX pixels of a place."""
    rows, columns = (
        slice(max(0, centre - HALF_PX), centre + HALF_PX) for centre in (place.row, place.column)
    )
    pixels, valid = scene.pixels[rows, columns], scene.valid[rows, columns]
    return Scene(
        scene.grid.window(Window(columns.start, rows.start, valid.shape[1], valid.shape[0])),
        scene.bands,
        pixels,
        valid,
    )


def draw(pair: Pair, places: list[Place], path: Path) -> None:
    """Write a panel a place: image, manual and mapped outlines, and how much ground is missed or false."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(2.6 * COLUMNS, 2.9 * ROWS + 0.3), layout="constrained")
    for number, (axes, place) in enumerate(
        zip(figure.subplots(ROWS, COLUMNS).flat, places, strict=False), start=1
    ):
        scene = around(pair.prepared.scene, place)
        show_image(
            axes, true_colour(scene), scene.grid, interpolation="nearest"
        )  # stretched by itself: landslides are bright
        left, bottom, right, top = scene.grid.bounds
        for shapes, colour, style in (
            (pair.outlines, MANUAL, "-"),
            (pair.predicted, PREDICTED, "--"),
        ):
            draw_outlines(
                axes,
                None if shapes is None else shapes.cx[left:right, bottom:top],
                colour,
                1.2,
                style,
            )
        hectares = place.pixels * scene.grid.pixel_area_m2 / 1e4
        axes.set_title(
            f"{number}  {'missed' if place.missed else 'false'}, {hectares:.1f} ha", fontsize=9
        )
        axes.set_xlabel(
            f"{(left + right) / 2:.0f} E  {(bottom + top) / 2:.0f} N, {right - left:.0f} m wide",
            fontsize=7,
        )
    lines = [
        Line2D([], [], color=MANUAL, label="manual"),
        Line2D([], [], color=PREDICTED, linestyle="--", label="mapped"),
    ]
    figure.legend(handles=lines, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    with atomic_write(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


if __name__ == "__main__":
    main()
