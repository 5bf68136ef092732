"""Landslide states, and the thresholds of a lifecycle."""

from __future__ import annotations

from dataclasses import dataclass, fields

from slidelens.errors import ParamsError

MAX_TOLERANCE_M = 1000.0  # a larger shift between two dates is an error of georeference
STATES = ("new", "expanded", "reactivated", "persistent", "shrinking", "healed", "unobserved")
NO_STATE = ""


@dataclass(frozen=True)
class LifecycleRules:
    """Thresholds for identity and change of landslides.

    Attributes:
        tolerance_m: Registration error of outlines between two dates, 0…1,000 m.
        minimum_overlap: Overlap of a mapped body and a landslide, as a share of the smaller, from
            which they are the same; above 0, up to 1.
        changed_share: Net growth or loss, as a share of the earlier area, from which a landslide
            is expanded or shrinking; above 0, up to 1.
        minimum_observed: Share of a landslide's standing ground that must be observed without
            landslide for it to be healed; above 0, up to 1.
        nested_share: Share of a polygon under larger ones of the same date from which it belongs
            to the same landslide; above 0, up to 1.
        increments: Whether each inventory holds only what is new since the previous one; what it
            lacks is then unobserved, not healed.

    Raises:
        ParamsError: A value is out of range.
    """

    tolerance_m: float = 5.0
    minimum_overlap: float = 0.25
    changed_share: float = 0.15
    minimum_observed: float = 0.5
    nested_share: float = 0.5
    increments: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance_m <= MAX_TOLERANCE_M:
            raise ParamsError(
                f"tolerance_m is {self.tolerance_m:g}; give metres, 0 to {MAX_TOLERANCE_M:g}"
            )
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("tolerance_m", "increments") and not 0 < value <= 1:
                raise ParamsError(f"{field.name} is {value:g}; give a share above 0 and up to 1")
