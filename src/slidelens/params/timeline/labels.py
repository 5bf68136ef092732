"""Read the date in a label: a name of a file or folder, or what a user calls a date.

A date is a period, as long as its precision: 2015 is a year, 2015-11 a month. Read are years;
months by number or name (2015-11, 201511, 2015_Nov, November_2015); days (2015-11-19, 20151119,
19112015, 19.11.2015, 19Nov2015), with a time or not; days of the year as in ISO 8601 (2015-323,
2015323); quarters and halves (2015Q3, 2015H1), weeks (2015-W47); scene identifiers (see
`scenes`); and `pre` and `post` beside one of these or alone. Other words may stand
around it: iburi_2018-09-06_v2.

A label that can be read in two ways, that holds two dates or a day that does not exist is refused.
A number after a word such as `tile` or `epsg`, or after a single letter, is no year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from slidelens.params.timeline.patterns import PATTERNS, Reading
from slidelens.params.timeline.scenes import find_acquisition

_PHASES = {"pre": -1, "before": -1, "co": 0, "during": 0, "post": 1, "after": 1}
_EVENT = "seismic|event|eq|quake|earthquake|monsoon|storm|typhoon|rain|fire|flood|slide|landslide"
_PHASE_WORD = re.compile(rf"(pre|co|post)(?:{_EVENT})s?")
_OPEN = re.compile(r"(?<![a-z])(before|after)[-_. ]?$", re.IGNORECASE)
# Numbers behind these words are of something else: always, or unless they are a whole day.
_NOT_TAKEN = re.compile(r"v|ver|version|rev|revision|release|processed|proc|created|edited|updated")
_NUMBERED = re.compile(
    r"epsg|crs|utm|zone|tile|path|row|wrs|pr|orbit|track|frame|sheet|grid|id|nr|no|num|number"
    r"|[a-xz]"
)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[-_. :]?$")


class LabelError(ValueError):
    """A label holds no one date: the message, without remedy, says why."""


@dataclass(frozen=True)
class DateLabel:
    """A label and the date in it.

    Attributes:
        label: The label.
        start: Start of the period; None without a date.
        end: End of the period.
        phase: −1 before an event, 0 during it, 1 after it; None if it is not said.
        read_as: How the date was read if another reader may read it otherwise, else "".
    """

    label: str
    start: datetime | None = None
    end: datetime | None = None
    phase: int | None = None
    read_as: str = ""

    @property
    def days(self) -> int:
        """Return the length of the period in days; 0 for less."""
        return 0 if self.start is None or self.end is None else (self.end - self.start).days


def read_label(label: str) -> DateLabel:
    """Read the date in a label.

    Raises:
        LabelError: The label has two dates, one that does not exist, or one that can be read in
            two ways.
    """
    phase = _phase(label)
    try:
        scene = find_acquisition(label)
    except ValueError as error:
        raise LabelError(str(error)) from error
    if scene is not None:
        read_as = f"{scene.start:%Y-%m-%d}, by its {scene.mission} identifier"
        return DateLabel(label, scene.start, scene.end, phase, read_as)
    readings = _without_those_within(_find(label))
    if not readings:
        return DateLabel(label, phase=phase)
    if len({(reading.start, reading.end) for reading in readings}) > 1:
        raise LabelError(f"{label} has two dates, {' and '.join(r.text for r in readings[:2])}")
    reading = readings[0]
    start, end = reading.start, reading.end
    if match := _OPEN.search(label[: reading.first]):
        is_before = match[1].lower() == "before"
        start, end = (datetime.min, start) if is_before else (end, datetime.max)
    return DateLabel(label, start, end, phase, reading.read_as)


def _find(label: str) -> list[Reading]:
    """Return the dates in a label, none of which shares a character with another."""
    readings: list[Reading] = []
    text = label
    for pattern, read in PATTERNS:
        for match in pattern.finditer(text):
            try:
                reading = read(match)
            except ValueError as error:
                if _is_of_something_else(label, match.start(), is_day=False):
                    continue
                raise LabelError(f"{_quoted(match.group(), label)}: {error}") from error
            if reading is None:
                continue
            text = text[: match.start()] + "\0" * len(match.group()) + text[match.end() :]
            is_day = reading.end - reading.start <= timedelta(days=1) and not reading.read_as
            if not _is_of_something_else(label, match.start(), is_day):
                readings.append(reading)
    return sorted(readings, key=lambda reading: reading.first)


def _quoted(text: str, label: str) -> str:
    return label if text == label else f"{text} in {label}"


def _is_of_something_else(label: str, first: int, is_day: bool) -> bool:
    match = _WORD_BEFORE.search(label[:first])
    if match is None:
        return False
    word, is_beside = match[1].lower(), match.end(1) == first
    if len(word) == 1 and not is_beside:  # part_a_2015
        return False
    return bool(_NOT_TAKEN.fullmatch(word) or (not is_day and _NUMBERED.fullmatch(word)))


def _without_those_within(readings: list[Reading]) -> list[Reading]:
    """Return the readings without those that a more precise one lies within: 2018 and 2018-09."""
    return [
        reading
        for reading in readings
        if not any(
            reading.start <= other.start and other.end <= reading.end and other.days < reading.days
            for other in readings
        )
    ]


def _phase(label: str) -> int | None:
    words = re.findall(r"[a-z]+", label.lower())
    matches = [_PHASE_WORD.fullmatch(word) for word in words]
    named = [match[1] if match else word for word, match in zip(words, matches, strict=True)]
    phases = {_PHASES[word] for word in named if word in _PHASES}
    if len(phases) > 1:
        raise LabelError(f"{label} names two sides of an event")
    return next(iter(phases), None)
