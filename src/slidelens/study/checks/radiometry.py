"""Check the values of the images that are read: on their own, and beside those read before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from slidelens.analysis.radiometry.swaps import swapped_by_level, swapped_by_pattern
from slidelens.analysis.radiometry.units import UnitDifference, unit_difference
from slidelens.analysis.radiometry.values import ImageValues, describe_values
from slidelens.dataset.windowed_scene import every_nth, pixels_at
from slidelens.params.schema import StudyParams
from slidelens.study.reading import RawData
from slidelens.study.study import PRETRAIN
from slidelens.types import Float32, Float64

log = logging.getLogger(__name__)

_MAX_PIXELS = 40_000  # of an image, on a regular pattern
_FEW_SEEN = 0.75  # share of the area below which an image is said to cover little


@dataclass(frozen=True)
class _Image:
    """A sample of an image: (n, bands) pixels on a fixed pattern, NaN where not valid."""

    path: Path
    pixels: Float32
    values: ImageValues


@dataclass
class RadiometryChecks:
    """Compare each image with the training image and with the other dates.

    Attributes:
        study: Parameters of the study.
        bands: Names of the bands to compare; channels that are computed from them are not.
        unlike: Names of the dates whose units differ from those of the training image.
    """

    study: StudyParams
    bands: tuple[str, ...]
    unlike: list[str] = field(default_factory=list)
    _training: _Image | None = field(default=None, init=False)
    _dates: dict[str, _Image] = field(default_factory=dict, init=False)
    _swapped: set[Path] = field(default_factory=set, init=False)

    def compare(self, raw: RawData) -> list[str]:
        """Return the problems of an image that has been read; log what is worth knowing.

        The training image comes first. Images with the same pixels in the same order are compared
        on the same ground.

        Args:
            raw: The image, with the radiometry in which it will be used.
        """
        image = _sample(raw, self.bands)
        for note in _own_notes(image, raw.valid_share):
            log.warning("%s", note)
        if raw.target.is_source:
            if raw.target.name == PRETRAIN:  # of several, each has its own units
                self._training = image
            return []
        problems = list(self._beside_training(raw.target.name, image))
        self._note_swap(image)
        self._dates[raw.target.name] = image
        return problems

    @property
    def units_matter(self) -> bool:
        """Whether all images are standardised by the statistics of the training image."""
        return (
            self.study.standardise != "own"
            and not self.study.tile_px
            and not any(source.tile_px for source in self.study.sources.values())
        )

    def of_training_image(self) -> str | None:
        """Return one problem for those of all dates if it is the training image that differs."""
        if self._training is None or len(self.unlike) < 2 or len(self.unlike) != len(self._dates):
            return None
        differences = [
            unit_difference(self._training.values, image.values) for image in self._dates.values()
        ]
        if any(difference is None or not difference.certain for difference in differences):
            return None
        difference = differences[0]
        assert difference is not None
        others = next(iter(self._dates.values()))
        return f"of the training image and all dates, {_beside(self._training, others, difference)}"

    def _beside_training(self, name: str, image: _Image) -> Iterator[str]:
        """Yield problems of a date's units; log what may be one."""
        training = self._training
        if training is None or training.path == image.path:
            return
        difference = unit_difference(image.values, training.values)
        if difference is None:
            if swapped := swapped_by_level(image.values, training.values):
                self._note_swapped(image, training, swapped)
            return
        if difference.certain and self.units_matter:
            self.unlike.append(name)
            yield _beside(image, training, difference)
        elif difference.offset and self._offset_matters():
            yield _beside(image, training, difference)
        else:
            log.warning("%s", _beside(image, training, difference))

    def _offset_matters(self) -> bool:
        return self.study.standardise == "training" or bool(
            {"ndvi", "ratios"} & {*self.study.derived}
        )

    def _note_swap(self, image: _Image) -> None:
        """Log a pair of bands that is exchanged in an image or in an earlier one of the ground."""
        if image.path in self._swapped:
            return
        for earlier in self._dates.values():
            if earlier.pixels.shape != image.pixels.shape:
                continue
            if earlier.path in {image.path, *self._swapped}:
                continue
            common = np.isfinite(earlier.pixels).all(axis=1) & np.isfinite(image.pixels).all(axis=1)
            first, second = (one.pixels[common].astype(np.float64) for one in (earlier, image))
            if swapped := swapped_by_pattern(first, second, image.values.bands):
                self._note_swapped(image, earlier, swapped)
                return

    def _note_swapped(self, image: _Image, other: _Image, bands: tuple[str, str]) -> None:
        self._swapped.add(image.path)
        log.warning(
            "bands %s and %s seem to be exchanged in %s or in %s; check the names of their bands",
            *bands,
            image.path,
            other.path,
        )


def _sample(raw: RawData, bands: tuple[str, ...]) -> _Image:
    """Take pixels of the area on a regular pattern, the same for all dates of a study."""
    scene, chosen = raw.scene, [raw.scene.bands.index(band) for band in bands]
    places = every_nth(raw.inside, max(1, -(-int(raw.inside.sum()) // _MAX_PIXELS)))
    valid = scene.valid.ravel()[places]
    if not valid.any():  # little of the area is seen, between the pixels of the pattern
        places = every_nth(scene.valid & raw.inside, 1)[:_MAX_PIXELS]
        valid = np.ones(len(places), bool)
    pixels = np.where(valid[:, None], pixels_at(scene, places)[:, chosen], np.float32(np.nan))
    eight_bit = raw.target.header.dtype == "uint8"
    return _Image(
        raw.target.header.path,
        pixels,
        describe_values(pixels[valid], bands, eight_bit),
    )


def _own_notes(image: _Image, seen: float) -> Iterator[str]:
    """Yield what is worth knowing about an image without any other."""
    values, path = image.values, image.path
    for band in values.constant:
        value = values.median[values.bands.index(band)]
        yield (
            f"band {band} of {path} has the value {value:g} everywhere and tells nothing; "
            "repair the file, or leave the band out of study.bands"
        )
    for first, second in values.identical:
        yield (
            f"bands {first} and {second} of {path} are identical; "
            "give the true bands, or leave one out of study.bands"
        )
    if seen < _FEW_SEEN:
        yield (
            f"{path} covers {100 * seen:.0f} % of its area; the rest is not mapped, "
            "and landslides there are neither learnt nor scored"
        )


def _beside(image: _Image, other: _Image, difference: UnitDifference) -> str:
    """Return how the units of an image differ from another's, and the remedy."""
    ranges = (
        f"{image.path} holds values from {image.values.describe_range()} "
        f"and {other.path} from {other.values.describe_range()}"
    )
    if difference.offset:
        sign = "less" if difference.offset > 0 else "more"
        return (
            f"{ranges}: its darkest ground is about {abs(difference.offset):g} {sign} in every "
            "band, like the offset of Sentinel-2 products since 2022; if so, declare it: "
            f"`gdal_edit.py -offset {difference.offset:g} {image.path}`"
        )
    if difference.certain:
        return (
            f"{ranges}: other units, {_times(difference)}; declare the factor: "
            f"`gdal_edit.py -scale {difference.factor:.6g} {image.path}`"
        )
    return (
        f"{ranges}: {_times(difference)} in band {difference.band}; if that is another unit and "
        f"no other light, declare the factor: `gdal_edit.py -scale FACTOR {image.path}`"
    )


def describe_unit_difference(image: Float64, training: Float64, bands: tuple[str, ...]) -> str:
    """Return how the units of an image differ from those of the training image, if they do.

    Args:
        image: (pixels, bands) valid pixels.
        training: (pixels, bands) valid pixels of the training image.
        bands: Names of the bands.
    """
    difference = unit_difference(describe_values(image, bands), describe_values(training, bands))
    if difference is None or not difference.certain:
        return ""
    return f"other units, {_times(difference)}"


def _times(difference: UnitDifference) -> str:
    size = max(difference.factor, 1 / difference.factor)
    return f"about {size:,.0f} times {'larger' if difference.factor < 1 else 'smaller'}"
