"""Draw the ten places where a map and the manual inventory disagree most.

python -m benchmarks.quality.disagreements data/prepared/post data/maps/post -o worst.png

Any folder with an inventory.gpkg will do as the second, for example one that `slidelens map` wrote.
A place is a patch of missed or falsely mapped pixels, without the pixel along the outlines on which
two mappers would differ too. Orange is manual; dashed blue is the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasterio.windows import Window
from scipy import ndimage

from benchmarks.arguments import argument_parser
from benchmarks.quality.pair import Pair, add_arguments, read_pair
from slidelens.files import atomic_write
from slidelens.geo.rasters.scene import Scene
from slidelens.report.figures.cartography import draw_outlines, show_image
from slidelens.report.figures.maps.overview import true_colour
from slidelens.report.figures.style import MANUAL, PREDICTED
from slidelens.types import Mask

KINDS = MISSED, FALSE = ("missed", "false")
ROWS, COLUMNS = 2, 5
HALF_PX = 32


@dataclass(frozen=True)
class Place:
    """A patch of pixels on which map and inventory disagree.

    Attributes:
        row: Row of its centre.
        column: Column of its centre.
        pixels: Its size.
        missed: Whether it was missed rather than falsely mapped.
    """

    row: int
    column: int
    pixels: int
    missed: bool


def main() -> None:
    """Write the picture."""
    parser = argument_parser("benchmarks.quality.disagreements", __doc__)
    add_arguments(parser)
    parser.add_argument("--only", choices=KINDS, help="draw one kind of disagreement alone")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the picture, PNG")
    arguments = parser.parse_args()
    pair = read_pair(arguments)
    kinds = KINDS if arguments.only is None else [arguments.only]
    places = worst(pair.manual, pair.mapped, pair.known, ROWS * COLUMNS, kinds)
    draw(pair, places, arguments.out)


def worst(
    manual: Mask, mapped: Mask, known: Mask, number: int, kinds: Sequence[str] = KINDS
) -> list[Place]:
    """Return the largest patches of disagreement, the largest first.

    No two of them lie within half a panel of each other.

    Args:
        manual: (height, width).
        mapped: (height, width).
        known: (height, width) pixels that count.
        number: Patches to return at most.
        kinds: Kinds of disagreement, of KINDS.
    """
    wrong = {MISSED: manual & ~mapped, FALSE: mapped & ~manual}
    patches = [
        place for kind in kinds for place in _patches(wrong[kind], known, missed=kind == MISSED)
    ]
    chosen: list[Place] = []
    for place in sorted(patches, key=lambda patch: -patch.pixels):
        if all(
            max(abs(place.row - larger.row), abs(place.column - larger.column)) > HALF_PX
            for larger in chosen
        ):
            chosen.append(place)
    return chosen[:number]


def _patches(wrong: Mask, known: Mask, missed: bool) -> list[Place]:
    labels, count = ndimage.label(ndimage.binary_opening(wrong & known))
    numbers = range(1, count + 1)
    sizes = ndimage.sum_labels(labels > 0, labels, numbers)
    centres = ndimage.center_of_mass(labels > 0, labels, numbers)
    return [
        Place(round(row), round(column), int(size), missed)
        for (row, column), size in zip(centres, sizes, strict=True)
    ]


def around(scene: Scene, place: Place) -> Scene:
    """Return the scene within HALF_PX pixels of a place."""
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
    """Draw a panel per place: the image, both outlines, and the area missed or false."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(2.6 * COLUMNS, 2.9 * ROWS + 0.3), layout="constrained")
    panels = figure.subplots(ROWS, COLUMNS).flat
    for number, (axes, place) in enumerate(zip(panels, places, strict=False), start=1):
        _draw_panel(axes, pair, place, number)
    lines = [
        Line2D([], [], color=MANUAL, label="manual"),
        Line2D([], [], color=PREDICTED, linestyle="--", label="mapped"),
    ]
    figure.legend(handles=lines, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib leaves print_png untyped
    with atomic_write(path) as temporary:
        canvas.print_png(temporary, metadata={"Software": None})


def _draw_panel(axes: Any, pair: Pair, place: Place, number: int) -> None:
    scene = around(pair.prepared.scene, place)
    # Each panel has its own stretch, because landslides are bright.
    show_image(axes, true_colour(scene), scene.grid, interpolation="nearest")
    left, bottom, right, top = scene.grid.bounds
    for shapes, colour, style in (
        (pair.outlines, MANUAL, "-"),
        (pair.predicted, PREDICTED, "--"),
    ):
        visible = None if shapes is None else shapes.cx[left:right, bottom:top]
        draw_outlines(axes, visible, colour, 1.2, style)
    hectares = place.pixels * scene.grid.pixel_area_m2 / 1e4
    kind = "missed" if place.missed else "false"
    axes.set_title(f"{number}  {kind}, {hectares:.1f} ha", fontsize=9)
    axes.set_xlabel(
        f"{(left + right) / 2:.0f} E  {(bottom + top) / 2:.0f} N, {right - left:.0f} m wide",
        fontsize=7,
    )


if __name__ == "__main__":
    main()
