"""The thresholds of a lifecycle, with their units."""

from __future__ import annotations

from dataclasses import dataclass, fields

from slidelens.errors import ParamsError


@dataclass(frozen=True)
class LifecycleRules:
    """What counts as the same landslide, and as a change of it.

    tolerance_m: how far outlines of the same ground may lie apart between two dates, metres, ≥ 0
    minimum_overlap: common ground of a mapped body and a landslide, as a share of the smaller, that makes them the same; 0…1
    changed_share: net growth or loss of ground, as a share of what stood, from which a landslide is expanded or shrinking; 0…1
    minimum_observed: share of a landslide's standing ground that must be seen bare of landslide for it to be healed; 0…1
    nested_share: share of a polygon under larger ones of the same date from which it is the same landslide as they are; 0…1
    increments: whether each inventory holds only what is new since the one before; what it does not hold is then unobserved, not healed
    """

    tolerance_m: float = 5.0
    minimum_overlap: float = 0.25
    changed_share: float = 0.15
    minimum_observed: float = 0.5
    nested_share: float = 0.5
    increments: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance_m < float("inf"):
            raise ParamsError(f"tolerance_m is {self.tolerance_m:g}; give metres, 0 or more")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("tolerance_m", "increments") and not 0 < value <= 1:
                raise ParamsError(f"{field.name} is {value:g}; give a share above 0 and up to 1")


STATES = ("new", "expanded", "reactivated", "persistent", "shrinking", "healed", "unobserved")
NO_STATE = ""
