"""Sentences and captions of the report of an event."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from slidelens.api.event.values import EventValues
from slidelens.report.figures.globe import place_label
from slidelens.report.text.captions import Caption

_DOUBTFUL = 0.6  # mean probability of a landslide below which it is called doubtful


def headline(values: EventValues) -> str:
    """Return place and date of a scene."""
    place = place_label(*values.centre_deg)
    return f"{place} · {values.date or 'date unknown: neither tags nor name of the file tell it'}"


def key_numbers(values: EventValues) -> dict[str, str]:
    """Return the numbers at the top of the page by their names."""
    return {
        "landslides": f"{values.number:,}",
        "their area": format_area(values.area_m2),
        "of the mapped ground": _percent(values.share),
        "mapped": f"{_digits(values.mapped_km2)} km²",
    }


def format_area(area_m2: float) -> str:
    """Return an area with three digits: in km² from 0.1 km² on, else in m²."""
    return f"{_digits(area_m2 / 1e6)} km²" if area_m2 >= 1e5 else f"{_digits(area_m2)} m²"


def _digits(value: float) -> str:
    """Return a number with three digits, and with all digits before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _landslides(number: int) -> str:
    return "1 landslide" if number == 1 else f"{number:,} landslides"


def _percent(share: float) -> str:
    if 0 < share < 1e-5:
        return "< 0.001 %"
    return f"{100 * share:.2g} %"


def certainty(values: EventValues) -> Iterator[str]:
    """Yield what is known about how certain the map is."""
    threshold = f"{values.threshold:.2f} ({values.threshold_origin})"
    mean = values.mean_probability
    if mean is None:
        highest = float(np.nanmax(values.probability, initial=0.0))
        yield (
            f"No pixel in a large enough patch reaches the threshold of {threshold}. The highest"
            f" probability in the picture above is {highest:.2f}."
        )
    else:
        doubtful = int((values.landslides["mean_probability"] < _DOUBTFUL).sum())
        yield (
            f"Ground counts as landslide from a probability of {threshold} on. Inside the"
            f" landslides the mean probability is {mean:.2f}; {doubtful:,} of"
            f" {_landslides(values.number)} have a mean below {_DOUBTFUL:g}."
        )
        yield (
            f"If the probabilities hold on this scene, about {100 * (1 - mean):.0f} % of the area"
            " marked is no landslide. Bare ground, roads, river beds and fresh fields are the usual"
            " mistakes: look at the largest landslides first."
        )
    if values.measured:
        yield f"{values.measured} This scene was not compared with landslides mapped by hand."
    else:
        yield (
            "The score of these weights is unknown here: the file of the weights holds none, and"
            " this scene was not compared with landslides mapped by hand. The report of the study"
            " that trained the weights has the scores on its own test ground."
        )


def other_files(values: EventValues) -> str:
    """Return the files of the map beside the page."""
    suffix = values.format
    files = ["probability.tif (0–255 for 0–1)"]
    if suffix == "gpkg":
        files += ["inventory.gpkg (all landslides with their attributes, and the mapped ground)"]
    else:
        files += [
            f"inventory.{suffix} (all landslides with their attributes)",
            f"mapped.{suffix} (the mapped ground)",
        ]
    if values.density is not None:
        files += ["density.tif"]
    return f"{', '.join(files[:-1])} and {files[-1]}"


def captions(values: EventValues) -> dict[str, Caption]:
    """Return the captions of the figures by name."""
    picture = values.picture
    shown = "true colour"
    if "red" not in picture.bands or "blue" not in picture.bands:
        shown = f"false colour ({', '.join(reversed(picture.bands))} as red, green, blue)"
    if len(picture.bands) == 1:
        shown = f"grey (band {picture.bands[0]})"
    areas_m2 = np.asarray(values.landslides.area)
    outlines = f"Yellow: outlines of {_landslides(values.number)}. " if values.number else ""
    found = {
        "scene": (
            "The scene and its landslides",
            f"{outlines}Image in {shown}, stretched from the 2nd to the 98th percentile; black: no"
            " data.",
        ),
        "probability": (
            "Probability",
            "Probability of landslide, 0 to 1; the white line on the scale is the threshold; grey:"
            " no data.",
        ),
    }
    if values.density is not None:
        radius_m = values.density.radius_m
        radius = "" if radius_m is None else f", search radius {_digits(radius_m)} m"
        found["density"] = (
            "Density",
            f"Kernel density of the landslides{radius}; grey: not mapped.",
        )
    if len(areas_m2):
        found["sizes"] = (
            "Sizes",
            f"Number of landslides by area. Median {format_area(float(np.median(areas_m2)))},"
            f" largest {format_area(float(areas_m2.max()))}.",
        )
    return {name: Caption(name, *texts) for name, texts in found.items()}
