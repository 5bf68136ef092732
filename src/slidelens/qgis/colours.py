"""Colours of the layers in QGIS; those of states and inventories are the report's."""

from __future__ import annotations

from slidelens.report.figures.style import MANUAL, PREDICTED, STATE_COLOURS

__all__ = ["CONFIDENCE", "DENSITY", "DEVIATION", "MANUAL", "PREDICTED", "STATE_COLOURS"]

# Of a landslide from unsure to sure, by the lower end of its mean probability.
CONFIDENCE = {
    0.0: "#ffffb2",
    0.5: "#fed976",
    0.6: "#feb24c",
    0.7: "#fd8d3c",
    0.8: "#f03b20",
    0.9: "#bd0026",
}
# Value, colour and opacity (0–255); ground that is surely no landslide is left transparent.
PROBABILITY = (
    (0.0, "#ffffb2", 0),
    (0.1, "#ffffb2", 60),
    (0.25, "#fed976", 150),
    (0.5, "#fd8d3c", 210),
    (0.75, "#f03b20", 230),
    (1.0, "#bd0026", 255),
)
DEVIATION = (
    (0.0, "#f2f0f7", 0),
    (0.05, "#cbc9e2", 120),
    (0.1, "#9e9ac8", 190),
    (0.2, "#756bb1", 230),
    (0.4, "#54278f", 255),
)
# As shares of the highest density.
DENSITY = (
    (0.0, "#440154", 0),
    (0.1, "#443983", 140),
    (0.3, "#31688e", 190),
    (0.5, "#21918c", 210),
    (0.7, "#5ec962", 230),
    (1.0, "#fde725", 255),
)


def rgba(colour: str, opacity: int = 255) -> str:
    """Return a colour as QGIS writes it, `red,green,blue,opacity`.

    Args:
        colour: `#rrggbb`.
        opacity: 0 to 255.
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{opacity}"
