"""Tell how the ground of each date has changed since the nearest earlier date that shows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from slidelens.analysis.radiometry.histogram_matching import FEWEST
from slidelens.dataset.change_channels import KNOWN, change_between, change_names, with_change
from slidelens.dataset.standardisation import BandStatistics, statistics_of
from slidelens.dataset.windowed_scene import WindowedScene, open_on_grid, parts_of
from slidelens.escaping import counted
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import Part, whole
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Float32, Mask

log = logging.getLogger(__name__)


@dataclass
class _Image:
    """An earlier image; the pixels of a small one are read again when it is not the last."""

    name: str
    scene: Scene | None
    read_again: Callable[[], Scene]

    def read(self) -> Scene:
        return self.read_again() if self.scene is None else self.scene


@dataclass(frozen=True)
class _Step:
    """Ground whose change is told from one earlier image.

    Attributes:
        earlier: The image.
        taken: (height, width) the ground.
        moments: Statistics on common ground, of the later and the earlier image.
    """

    earlier: Scene
    taken: Mask
    moments: tuple[BandStatistics, BandStatistics]


class EarlierImages:
    """The images of one ground in time order, each compared with those before it."""

    def __init__(self, train: Mask) -> None:
        """Begin without any image.

        Args:
            train: (height, width) train blocks, on which the light of two images is compared.
        """
        self._train = train
        self._images: list[_Image] = []

    def add(self, name: str, scene: Scene | None, read_again: Callable[[], Scene]) -> None:
        """Add the next image.

        Args:
            name: Name of its date.
            scene: Its bands; None: read them when they are needed.
            read_again: Returns them once more, since only the last image is held in memory.
        """
        for image in self._images:
            if not isinstance(image.scene, WindowedScene):
                image.scene = None
        self._images.append(_Image(name, scene, read_again))

    def add_change(self, name: str, scene: Scene) -> Scene:
        """Return an image with its change since the images that were added before.

        Change is computed against the latest earlier image in which the pixel is valid; without
        one all change channels are 0.

        Args:
            name: Name of its date.
            scene: Its bands.
        """
        steps, missing = self._steps(name, scene)
        _log_missing(name, scene.valid, missing, [image.name for image in self._images])
        bands = len(scene.bands)

        def read_change(part: Part) -> Float32:
            later = scene.read(part)
            change = np.zeros((*later.shape[:2], bands + 1), np.float32)
            for step in steps:
                taken = step.taken[part]
                if taken.any():
                    change += change_between(later, step.earlier.read(part), taken, step.moments)
            return change

        if not isinstance(scene, WindowedScene):
            return with_change(scene, read_change(whole(scene.grid.shape)))
        return WindowedScene(
            scene.grid,
            (*scene.bands, *change_names(scene.bands)),
            scene.valid,
            lambda part: np.concatenate([scene.read(part), read_change(part)], axis=-1),
        )

    def _steps(self, name: str, scene: Scene) -> tuple[list[_Step], Mask]:
        """Return the earlier images that are used, and the ground that none of them shows."""
        steps, missing = [], scene.valid.copy()
        for image in reversed(self._images):
            if not missing.any():
                break
            earlier = image.read()
            taken = missing & earlier.valid
            if not taken.any():
                continue
            ground = scene.valid & earlier.valid & self._train
            if ground.sum() < FEWEST:
                log.warning(
                    "%s and %s share %s of train blocks, %d are needed to compare their light; "
                    "%s tells no change",
                    name,
                    image.name,
                    counted(int(ground.sum()), "valid pixel"),
                    FEWEST,
                    image.name,
                )
                continue
            later_moments, earlier_moments = (
                statistics_of(one.read, ground, scene.bands, name, parts_of(one))
                for one in (scene, earlier)
            )
            steps.append(_Step(earlier, taken, (later_moments, earlier_moments)))
            missing &= ~taken
        return steps, missing


def tells_change(study: Study) -> bool:
    """Return whether the change is among the derived channels of a study."""
    return KNOWN in study.derived


def change_notes(
    derived: Sequence[str],
    dates: Sequence[PreparationTarget],
    sources: Sequence[PreparationTarget],
) -> Iterator[str]:
    """Yield a line for each image whose change is missing, if the change is a derived channel.

    Args:
        derived: Names of the derived channels.
        dates: The dates in time order.
        sources: The sources of pretraining.
    """
    if KNOWN not in derived:
        return
    for date in dates[:1]:
        remedy = "" if len(dates) > 1 else ": take change out of study.derived, or add dates"
        yield f"{date.name} has no earlier date, so that its change is missing{remedy}"
    later = [date.header.path for date in dates[1:]]
    for source in sources:
        if source.tile_px or source.header.path not in later:
            yield (
                f"{source.name} has no earlier image (its scene is that of no later date), so that "
                "its change is missing and is learnt by fine-tuning alone"
            )


def images_before_source(
    source: PreparationTarget,
    dates: Sequence[PreparationTarget],
    bands: Sequence[str],
    train: Mask,
) -> EarlierImages:
    """Return the images before that of a source of pretraining: none, unless it is a date's.

    Args:
        source: The source.
        dates: The dates in time order, registered.
        bands: Names of the bands.
        train: (height, width) train blocks of the source.
    """
    earlier, paths = EarlierImages(train), [date.header.path for date in dates]
    if source.tile_px or source.header.path not in paths:
        return earlier
    own = paths.index(source.header.path)
    if dates[own].header.grid != source.header.grid:
        log.warning(
            "%s: study.register moves the scene of %s, but not here; its change is missing: make "
            "%s study.reference",
            source.name,
            dates[own].name,
            dates[own].name,
        )
        return earlier
    for date in dates[:own]:
        earlier.add(date.name, None, partial(open_on_grid, date.header, source.grid, bands))
    return earlier


def _log_missing(name: str, valid: Mask, missing: Mask, earlier: list[str]) -> None:
    if not earlier:
        log.info("%s: no earlier image, its change is missing", name)
        return
    log.info(
        "%s: its change since %s or before is known on %.0f %% of what it shows",
        name,
        earlier[-1],
        100 * (1 - missing.sum() / max(int(valid.sum()), 1)),
    )
