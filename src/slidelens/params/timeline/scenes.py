"""Dates of acquisition in the scene identifiers of the common missions.

Such identifiers hold other numbers that look like dates: path and row, tile, the date of
processing. Each is therefore read by the naming convention of its mission:

    Landsat       LC08_L1TP_192029_20220823_20220902_02_T1: the first of the two dates (USGS,
                  Landsat Collection product identifiers); LC81920292015123LGN00: year and day of
                  year (USGS scene identifiers)
    Sentinel-1    S1A_IW_GRDH_1SDV_20180905T084214_…: start of the acquisition (ESA)
    Sentinel-2    S2A_MSIL2A_20180905T012651_N0208_…: start of the datatake (ESA); the short forms
                  S2B_54TWN_20180905_0_L2A and T54TWN_20180905T012651
    HLS           HLS.S30.T54TWN.2018248T012651.v2.0: year and day of year (NASA LP DAAC)
    MODIS, VIIRS  MOD09GA.A2018248.h28v04.…: year and day of year (NASA LP DAAC)
    ASTER         AST_L1T_00305032018013223_…: month, day, year and time after 003 (NASA LP DAAC)
    PlanetScope   20180905_013223_1032_3B_AnalyticMS; ortho tiles 1234567_5438703_2018-09-05_1032
    RapidEye      5438703_2018-09-05_RE1_3A
    SPOT 6 and 7, Pléiades   DIM_PHR1A_PMS_201809050132239_ORT_…: to a tenth of a second (Airbus)
    WorldView, GeoEye        18SEP05013223-M2AS-…: year, month, day and time (Maxar)
    ALOS-2        ALOS2146920740-170129: year, month and day (JAXA)
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1930, 2100  # what can be the year of an image; other numbers are not
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_DAY = r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"
_DASHED = r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
_DAY_OF_YEAR = r"(?P<y>\d{4})(?P<j>\d{3})"
_TIME = r"(?P<t>\d{6})"
_TILE = r"T?\d{1,2}[A-Z]{3}"
_PATTERNS = {
    "Landsat": (
        rf"L[COTEM]0\d[_-](?:L[0-9A-Z]{{3}}[_-]|(?:CU|AK|HI)[_-])?\d{{6}}[_-]{_DAY}(?:[_-]\d{{8}})?",
        rf"L[COTEM]0\d\d{{6}}{_DAY}(?:\d\d(?:T\d|RT|A\d))?(?!\d)",
        rf"L[COTEM]\d\d{{6}}{_DAY_OF_YEAR}(?:[A-Z]{{3}}\d\d)?(?!\d)",
    ),
    "Sentinel-1": (rf"S1[A-D]_\w{{2}}_\w{{4}}_\w{{4}}_{_DAY}T{_TIME}(?:_\d{{8}}T\d{{6}})?",),
    "Sentinel-2": (
        rf"S2[A-D]_(?:MSI)?L\d[A-C]p?_{_DAY}(?:T{_TIME})?(?!\d)(?:_N\d+_R\d+_\w+?_\d{{8}}T\d{{6}})?",
        rf"S2[A-D]_{_TILE}_{_DAY}(?!\d)",
        rf"S2[A-D]_OPER_\w*_V{_DAY}T{_TIME}(?:_\d{{8}}T\d{{6}})?",
        rf"SENTINEL2[A-D]_{_DAY}-{_TIME}(?!\d)",
        rf"T\d\d[A-Z]{{3}}_{_DAY}T{_TIME}(?!\d)",
        rf"{_DAY}T{_TIME}_\d{{8}}T\d{{6}}_T\d\d[A-Z]{{3}}",
    ),
    "HLS": (rf"HLS\.[LS]30\.T\d\d[A-Z]{{3}}\.{_DAY_OF_YEAR}(?:T{_TIME})?(?!\d)",),
    "MODIS or VIIRS": (
        rf"A{_DAY_OF_YEAR}(?!\d)(?:\.h\d\dv\d\d)?(?:\.\d{{4}})?(?:\.\d{{3}})?(?:\.\d{{13}})?",
    ),
    "ASTER": (
        r"AST(?:_?[0-9A-Z]+)?_00[34](?P<m>\d\d)(?P<d>\d\d)(?P<y>\d{4})(?P<t>\d{6})?(?!\d)"
        r"(?:_\d{14})?",
    ),
    "PlanetScope": (
        rf"{_DAY}_{_TIME}(?:_\d\d)?_[0-9a-z]+_[13][AB](?![^\W_])",
        rf"\d{{6,7}}_\d{{7}}_{_DASHED}_[0-9a-f]{{4}}(?![^\W_])",
    ),
    "SkySat": (rf"{_DAY}_{_TIME}_ss[a-z0-9]+",),
    "RapidEye": (
        rf"(?:\d{{7}}_)?{_DASHED}(?:T{_TIME})?_RE[1-5](?![^\W_])",
        rf"{_DAY}_{_TIME}_\d{{7}}_RapidEye-?[1-5]",
    ),
    "SPOT or Pléiades": (rf"(?:SPOT[67]|PHR1[AB]|PNEO[34])_(?:[A-Z-]+_)?{_DAY}{_TIME}\d?(?!\d)",),
    "WorldView or GeoEye": (
        rf"(?P<yy>\d\d)(?P<mon>{'|'.join(MONTHS)})(?P<d>\d\d){_TIME}(?:\d\d)?-[MPS]\d[A-Z]{{2}}",
    ),
    "ALOS-2": (r"ALOS2\d{9}-(?P<yy>\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)",),
}
_IDENTIFIERS = [
    (mission, re.compile(rf"(?<![^\W_]){pattern}", re.IGNORECASE))
    for mission, patterns in _PATTERNS.items()
    for pattern in patterns
]


class Acquisition(NamedTuple):
    """A scene identifier in a label.

    Attributes:
        mission: Name of the mission.
        first: First character of the identifier in the label.
        stop: Character past its last.
        start: Start of the day or second of acquisition.
        end: End of it.
    """

    mission: str
    first: int
    stop: int
    start: datetime
    end: datetime


def find_acquisition(label: str) -> Acquisition | None:
    """Return the scene identifier in a label; None without one.

    Raises:
        ValueError: Its date does not exist; the message says which part.
    """
    for mission, pattern in _IDENTIFIERS:
        if match := pattern.search(label):
            try:
                start, end = _period({k: v for k, v in match.groupdict().items() if v})
            except ValueError as error:
                raise ValueError(
                    f"{label} looks like the identifier of a {mission} scene, but {error}"
                ) from error
            return Acquisition(mission, match.start(), match.end(), start, end)
    return None


def day_of_year(year: int, day: int) -> date:
    """Return the date of a day of the year, 1…365 or 366; raise ValueError for another."""
    found = date(year, 1, 1) + timedelta(days=day - 1)
    if found.year != year:
        raise ValueError(f"{year} has no day {day}")
    return found


def existing_day(year: int, month: int, day: int) -> date:
    """Return a date; raise ValueError with the part that does not exist."""
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{MONTHS[month - 1].capitalize()} {year} has no day {day}") from error


def _period(parts: dict[str, str]) -> tuple[datetime, datetime]:
    year = int(parts["y"]) if "y" in parts else 2000 + int(parts["yy"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is no year from {FIRST_YEAR} to {LAST_YEAR}")
    if "j" in parts:
        day = day_of_year(year, int(parts["j"]))
    else:
        month = MONTHS.index(parts["mon"].lower()) + 1 if "mon" in parts else int(parts["m"])
        day = existing_day(year, month, int(parts["d"]))
    start = datetime.combine(day, time())
    if "t" not in parts:
        return start, start + timedelta(days=1)
    hour, minute, second = (int(parts["t"][i : i + 2]) for i in (0, 2, 4))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"there is no time {parts['t']}")
    start += timedelta(hours=hour, minutes=minute, seconds=second)
    return start, start + timedelta(seconds=1)
