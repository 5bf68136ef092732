"""Scenes and prepared data whose pixels are read part by part, as large ones are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slidelens.dataset.prepared import Prepared
from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.geo.rasters.scene import Scene


def windowed_scene(scene: Scene) -> WindowedScene:
    """The same scene, its pixels read when they are used."""
    return WindowedScene(scene.grid, scene.bands, scene.valid, lambda part: scene.read(part).copy())


def windowed(prepared: Prepared) -> Prepared:
    """The same prepared data, their pixels read when they are used."""
    return replace(prepared, scene=windowed_scene(prepared.scene))


def hold_no_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every scene as a large one."""
    monkeypatch.setattr("slidelens.dataset.windowed_scene.HELD_BYTES", 0)
