"""What a user asks for: windows of time, and which images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from slidelens.errors import ParamsError

DEFAULT_CATALOGUE = "https://earth-search.aws.element84.com/v1"
_EXAMPLE = "give days, like 2018-08-01/2018-09-05"


@dataclass(frozen=True, order=True)
class Window:
    """A window of time, in which one image is wanted.

    Attributes:
        start: Its first day.
        end: Its last day.
    """

    start: date
    end: date

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.start}/{self.end}"

    @property
    def interval(self) -> str:
        """The window as STAC writes intervals, in universal time."""
        return f"{self.start}T00:00:00Z/{self.end}T23:59:59Z"

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment, with its time zone, lies in the window."""
        start = datetime.combine(self.start, time(), UTC)
        return start <= moment <= datetime.combine(self.end, time.max, UTC)


@dataclass(frozen=True)
class Selection:
    """Which images are wanted, and what of them.

    Attributes:
        collection: Id of the collection.
        bands: Names of the bands; None for red, green, blue and nir, as far as there are any.
        composite: Whether the median of all images of a window is wanted, else the least cloudy.
        max_cloud: Cloud cover that the catalogue may state of an image, percent.
    """

    collection: str
    bands: tuple[str, ...] | None = None
    composite: bool = False
    max_cloud: float = 80.0

    def __post_init__(self) -> None:
        if not 0 <= self.max_cloud <= 100:
            raise ParamsError(
                f"the cloud cover {self.max_cloud:g} (--max-cloud) is no share in percent; give 0"
                " to 100"
            )
        names = self.bands or ()
        if twice := [name for name in names if names.count(name) > 1]:
            raise ParamsError(f"the band {twice[0]} is named twice (--bands); name each band once")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        values = asdict(self)
        return values | {"bands": None if self.bands is None else list(self.bands)}


def parse_windows(texts: Sequence[str]) -> tuple[Window, ...]:
    """Return the windows in time order.

    Args:
        texts: START/END, days as YYYY-MM-DD, both included; one day alone is a window too.

    Raises:
        ParamsError: One cannot be read, ends before it starts, or overlaps another.
    """
    if not texts:
        raise ParamsError(f"no window of time is named (--dates); {_EXAMPLE}")
    windows = sorted(map(_parse, texts))
    for one, other in pairwise(windows):
        if other.start <= one.end:
            raise ParamsError(
                f"the windows {one} and {other} (--dates) overlap, and one image could be both;"
                " separate them"
            )
    return tuple(windows)


def _parse(text: str) -> Window:
    first, slash, last = text.partition("/")
    try:
        window = Window(date.fromisoformat(first), date.fromisoformat(last if slash else first))
    except ValueError:
        raise ParamsError(f"{text!r} (--dates) is no window of time; {_EXAMPLE}") from None
    if window.end < window.start:
        raise ParamsError(f"{text} (--dates) ends before it starts; {_EXAMPLE}")
    return window
