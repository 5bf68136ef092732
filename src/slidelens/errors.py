"""Errors that a user can fix: one line with what is wrong, where, and the remedy."""


class SlidelensError(Exception):
    """Bad input; commands and stages print it on one line and exit with status 2."""


class ParamsError(SlidelensError):
    """A parameter is unknown, missing, of the wrong type or out of range."""


class SceneError(SlidelensError):
    """A scene is missing, truncated, without a needed band, or without valid pixels."""


class InventoryError(SlidelensError):
    """An inventory is missing, has no CRS, or holds something other than polygons."""


class GridError(SlidelensError):
    """Two grids differ, or a grid is not in metres."""


class WeightsError(SlidelensError):
    """A weights file is missing, damaged, or of another architecture."""


class OutputError(SlidelensError):
    """An output folder or file cannot be written."""


class TrackingError(SlidelensError):
    """The store of logged runs is misnamed, missing, or cannot be used."""


class ResourceError(SlidelensError):
    """The input asks for more memory than there is."""
