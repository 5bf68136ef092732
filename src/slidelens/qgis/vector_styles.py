"""How QGIS draws layers of polygons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from xml.etree.ElementTree import Element

from slidelens.geo.vectors.labels import CLASS
from slidelens.qgis.colours import CLASS_COLOURS, CONFIDENCE, MANUAL, STATE_COLOURS, rgba
from slidelens.qgis.xml import VERSION, child, document, options

_FILL_OPACITY = 110  # of 255: the image below stays visible
_OUTLINE_MM = 0.4


def confidence_renderer(column: str = "mean_probability") -> Element:
    """Return the renderer of an inventory, coloured by the mean probability of each landslide.

    A landslide without a probability was drawn by hand; it has the colour of the surest, since QGIS
    would not show it else.

    Args:
        column: The column of the probability.
    """
    renderer = _renderer("graduatedSymbol", f'coalesce("{column}", 1)')
    renderer.set("graduatedMethod", "GraduatedColor")
    ranges = child(renderer, "ranges")
    for number, (low, high) in enumerate(pairwise([*CONFIDENCE, 1.0])):
        child(
            ranges,
            "range",
            lower=f"{low:.15f}",
            upper=f"{high:.15f}",
            label=f"{low:g}–{high:g}",
            symbol=number,
            render="true",
        )
    _add_symbols(renderer, (_fill(colour) for colour in CONFIDENCE.values()))
    return renderer


def state_renderer(column: str = "state") -> Element:
    """Return the renderer of histories, coloured by state.

    Args:
        column: The column of the state.
    """
    return _by_category(column, STATE_COLOURS)


def class_renderer(column: str = CLASS) -> Element:
    """Return the renderer of labels: landslides, and ground without any.

    Args:
        column: The column of the class.
    """
    return _by_category(column, CLASS_COLOURS)


def _by_category(column: str, colours: Mapping[str, str]) -> Element:
    renderer = _renderer("categorizedSymbol", column)
    categories = child(renderer, "categories")
    for number, value in enumerate(colours):
        child(
            categories,
            "category",
            value=value,
            label=value,
            symbol=number,
            render="true",
            type="string",
        )
    _add_symbols(renderer, (_fill(colour) for colour in colours.values()))
    return renderer


def outline_renderer(colour: str = MANUAL, line: str = "solid", width_mm: float = 0.5) -> Element:
    """Return the renderer of polygons of which only the outline is drawn.

    Args:
        colour: `#rrggbb`.
        line: Style of the line, `solid` or `dash`.
        width_mm: Its width, mm.
    """
    renderer = _renderer("singleSymbol")
    _add_symbols(
        renderer,
        [
            {
                "color": rgba(colour, 0),
                "style": "no",
                "outline_color": rgba(colour),
                "outline_style": line,
                "outline_width": width_mm,
            }
        ],
    )
    return renderer


def vector_style(renderer: Element) -> str:
    """Return the QML of a layer of polygons.

    Args:
        renderer: How it is drawn.
    """
    root = Element("qgis", {"version": VERSION, "styleCategories": "Symbology"})
    root.append(renderer)
    child(root, "blendMode", "0")
    child(root, "featureBlendMode", "0")
    child(root, "layerGeometryType", "2")
    return document(root)


def inventory_styles() -> dict[str, str]:
    """Return the QML of the layers of an inventory that was mapped, by name of the layer."""
    return {
        "landslides": vector_style(confidence_renderer()),
        "mapped": vector_style(mapped_renderer()),
    }


def label_styles() -> dict[str, str]:
    """Return the QML of the layers of labels, by name of the layer."""
    return {
        "landslides": vector_style(class_renderer()),
        "mapped": vector_style(mapped_renderer()),
    }


def mapped_renderer() -> Element:
    """Return the renderer of the mapped extent: a dashed line."""
    return outline_renderer("#333333", "dash", 0.4)


def history_styles() -> dict[str, str]:
    """Return the QML of the layers of histories, by name of the layer."""
    return {
        "observations": vector_style(state_renderer()),
        "landslides": vector_style(state_renderer()),
        "edges": vector_style(edges_renderer()),
    }


def edges_renderer() -> Element:
    """Return the renderer of the common ground of mergers and splits: a thin black line."""
    return outline_renderer("#000000", width_mm=0.3)


def _renderer(kind: str, column: str | None = None) -> Element:
    renderer = Element(
        "renderer-v2",
        {"type": kind, "symbollevels": "0", "enableorderby": "0", "forceraster": "0"},
    )
    if column is not None:
        renderer.set("attr", column)
    return renderer


def _fill(colour: str) -> dict[str, object]:
    return {
        "color": rgba(colour, _FILL_OPACITY),
        "style": "solid",
        "outline_color": rgba(colour),
        "outline_style": "solid",
        "outline_width": _OUTLINE_MM,
    }


def _add_symbols(renderer: Element, fills: Iterable[dict[str, object]]) -> None:
    symbols = child(renderer, "symbols")
    for number, fill in enumerate(fills):
        symbol = child(
            symbols, "symbol", name=number, type="fill", alpha=1, clip_to_extent=1, force_rhr=0
        )
        layer = child(symbol, "layer", class_="SimpleFill", enabled=1, locked=0)
        layer.set("pass", "0")
        options(layer, {**fill, "outline_width_unit": "MM", "joinstyle": "bevel"})
