"""Colours of the layers in QGIS; those of states are the report's."""

from __future__ import annotations

from slidelens.geo.vectors.labels import LANDSLIDE, NOT_LANDSLIDE
from slidelens.report.figures.style import STATE_COLOURS

__all__ = [
    "CLASS_COLOURS",
    "CONFIDENCE",
    "DENSITY",
    "DEVIATION",
    "MANUAL",
    "PROBABILITY",
    "STATE_COLOURS",
    "rgba",
]

MANUAL = "#00e5ff"  # apart from all colours of mapped landslides, on dark ground and on white
# Of a landslide from unsure to sure, by the lower end of its mean probability.
CONFIDENCE = {
    0.0: "#ffe94a",
    0.5: "#ffc53a",
    0.6: "#ff9f2e",
    0.7: "#fb6b2a",
    0.8: "#e6302a",
    0.9: "#b00026",
}
CLASS_COLOURS = {LANDSLIDE: "#b00026", NOT_LANDSLIDE: "#1f78b4"}
# Value, colour and opacity (0–255); ground that is surely no landslide is left transparent.
PROBABILITY = (
    (0.0, "#ffe94a", 0),
    (0.05, "#ffe94a", 0),
    (0.2, "#ffe94a", 120),
    (0.4, "#ffc53a", 190),
    (0.6, "#fb6b2a", 220),
    (0.8, "#e6302a", 240),
    (1.0, "#b00026", 255),
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
