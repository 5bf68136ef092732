"""How QGIS draws rasters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from slidelens.qgis.colours import DENSITY, DEVIATION, PROBABILITY, rgba
from slidelens.qgis.xml import VERSION, child, document, options

Ramp = Sequence[tuple[float, str, int]]


def ramp_renderer(band: int, ramp: Ramp) -> Element:
    """Return the renderer of one band, with colours interpolated between values.

    Args:
        band: Number of the band, from 1.
        ramp: Value, colour and opacity (0–255), values in ascending order.
    """
    low, high = ramp[0][0], ramp[-1][0]
    renderer = _renderer("singlebandpseudocolor")
    renderer.set("band", str(band))
    renderer.set("classificationMin", f"{low:g}")
    renderer.set("classificationMax", f"{high:g}")
    _add_origin(renderer)
    shader = child(
        child(renderer, "rastershader"),
        "colorrampshader",
        colorRampType="INTERPOLATED",
        classificationMode=1,
        clip=0,
        minimumValue=f"{low:g}",
        maximumValue=f"{high:g}",
        labelPrecision=2,
    )
    ends = [rgba(colour, opacity) for _, colour, opacity in (ramp[0], ramp[-1])]
    stops = ":".join(
        f"{(value - low) / (high - low):.6g};{rgba(colour, opacity)}"
        for value, colour, opacity in ramp[1:-1]
    )
    source = child(shader, "colorramp", type="gradient", name="[source]")
    gradient = {"color1": ends[0], "color2": ends[1], "discrete": 0, "stops": stops}
    options(source, {**gradient, "rampType": "gradient"})
    for value, colour, opacity in ramp:
        child(shader, "item", value=f"{value:g}", label=f"{value:.2g}", color=colour, alpha=opacity)
    return renderer


def probability_renderer() -> Element:
    """Return the renderer of a probability map; unlikely ground is transparent."""
    return ramp_renderer(1, PROBABILITY)


def deviation_renderer() -> Element:
    """Return the renderer of the standard deviation, the second band of a probability map."""
    return ramp_renderer(2, DEVIATION)


def density_renderer(highest: float) -> Element:
    """Return the renderer of a kernel density, up to a number of two digits; 0 is transparent.

    Args:
        highest: The highest density, landslides per km².
    """
    scale = _round_up(highest) if highest > 0 else 1.0
    return ramp_renderer(1, [(share * scale, colour, alpha) for share, colour, alpha in DENSITY])


def scene_renderer(
    bands: Sequence[int], stretches: Sequence[tuple[float, float]], alpha: int | None = None
) -> Element:
    """Return the renderer of a scene: three bands as red, green and blue, or one in grey.

    Args:
        bands: Numbers of the bands, from 1.
        stretches: Lowest and highest value to show, for each band.
        alpha: Number of the band that masks pixels.
    """
    is_grey = len(bands) < 3
    renderer = _renderer("singlebandgray" if is_grey else "multibandcolor", alpha)
    _add_origin(renderer)
    names = ("gray",) if is_grey else ("red", "green", "blue")
    for name, band, (low, high) in zip(names, bands, stretches, strict=False):
        renderer.set(f"{name}Band", str(band))
        tag = "contrastEnhancement" if is_grey else f"{name}ContrastEnhancement"
        enhancement = child(renderer, tag)
        child(enhancement, "minValue", f"{low:g}")
        child(enhancement, "maxValue", f"{high:g}")
        child(enhancement, "algorithm", "StretchToMinimumMaximum")
    if is_grey:
        renderer.set("gradient", "BlackToWhite")
    return renderer


def pipe(renderer: Element) -> Element:
    """Return a renderer as a part of a raster layer.

    Args:
        renderer: How the layer is drawn.
    """
    group = Element("pipe")
    group.append(renderer)
    child(group, "brightnesscontrast", brightness=0, contrast=0, gamma=1)
    child(group, "huesaturation", saturation=0, grayscaleMode=0, colorizeOn=0)
    child(group, "rasterresampler", maxOversampling=2)
    return group


def raster_style(renderer: Element) -> str:
    """Return the QML of a raster.

    Args:
        renderer: How it is drawn.
    """
    root = Element("qgis", {"version": VERSION, "styleCategories": "Symbology"})
    root.append(pipe(renderer))
    child(root, "blendMode", "0")
    return document(root)


def _round_up(value: float) -> float:
    """Return the next number of two significant digits, 12 for 11.2."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(round(value / step, 6)) * step:.6g}")


def _renderer(kind: str, alpha: int | None = None) -> Element:
    return Element(
        "rasterrenderer",
        {"type": kind, "opacity": "1", "alphaBand": str(alpha or -1), "nodataColor": ""},
    )


def _add_origin(renderer: Element) -> None:
    """Say that the values that are shown are fixed, not derived from the raster."""
    child(renderer, "rasterTransparency")
    origin = child(renderer, "minMaxOrigin")
    for tag, text in {
        "limits": "None",
        "extent": "WholeRaster",
        "statAccuracy": "Estimated",
        "cumulativeCutLower": "0.02",
        "cumulativeCutUpper": "0.98",
        "stdDevFactor": "2",
    }.items():
        child(origin, tag, text)
