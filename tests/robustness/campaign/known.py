"""Inputs whose outcome is known to be wrong, each with the reason; an empty table is the aim."""

_DENSITY = "a density has cells of its own; `catalog` does not compare its extent with the study's"
KNOWN: dict[str, str] = {
    "stage-output/data/density/2014/manual.tif/other-shape/catalog": _DENSITY,
    "stage-output/data/density/2014/manual.tif/one-pixel/catalog": _DENSITY,
}
