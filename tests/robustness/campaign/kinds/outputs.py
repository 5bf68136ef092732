"""Outputs in whose place something stands already, or that cannot be written."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from robustness.campaign.item import EITHER, REFUSED, Input
from robustness.campaign.kinds.options import write_files
from robustness.campaign.materials import (
    WEIGHTS,
    copy,
    write_finished_study,
    write_sound_study,
)

# What stands in the way, and whether the command may replace it.
_IN_THE_WAY = (
    "file",
    "folder",
    "full-folder",
    "pipe",
    "device",
    "socket",
    "link-to-file",
    "link-to-pipe",
    "link-to-nothing",
    "link-to-folder",
    "loop",
    "other-suffix",
)
_NEVER = (
    "folder",
    "full-folder",
    "pipe",
    "device",
    "socket",
    "link-to-pipe",
    "loop",
    "link-to-folder",
)
_COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "density": (("density", "a.gpkg", "--radius-m", "300", "--cell-m", "50", "-o"), "o.tif"),
    "sizes": (("sizes", "a.gpkg", "--bootstrap", "0", "--figure"), "o.png"),
    "compare": (("compare", "a.gpkg", "b.gpkg", "--bootstrap", "0", "-o"), "o.gpkg"),
    "lifecycle": (("lifecycle", "2013.gpkg", "2014.gpkg", "-o"), "o.gpkg"),
    "review": (("review", "a.gpkg", "b.gpkg", "--by", "A", "-o"), "o.gpkg"),
    "map": (("map", "s.tif", "--weights", WEIGHTS, "-o"), "out"),
    "adapt": (("adapt", "s.tif", "a.gpkg", "--weights", WEIGHTS, "-o"), "mine.weights.h5"),
    "import": (("import", "inventory", "a.gpkg", "--date", "2014", "-o"), "new"),
    "catalog": (("catalog", "-o"), "cat"),
    "export": (("export", WEIGHTS, "-o"), "o.onnx"),
    "fetch": (
        ("fetch", "--aoi", "area.gpkg", "--dates", "2018-09-16", "--catalog", "catalogue", "-o"),
        "new",
    ),
}
_FOLDERS = ("map", "import", "catalog", "fetch")
_SLOW = ("map", "adapt", "export")
_STAGES = {
    "prepare": "data/prepared",
    "density": "data/density",
    "revise": "data/revised",
    "lifecycle": "data/lifecycle",
    "report": "report",
}


def inputs() -> Iterator[Input]:
    """Each thing in the way of each output."""
    for name, (line, out) in _COMMANDS.items():
        for thing in _IN_THE_WAY:
            may_be_there = name in _FOLDERS and "folder" in thing
            expect = REFUSED if thing in _NEVER and not may_be_there else EITHER
            path = "o.xyz" if thing == "other-suffix" else out
            yield Input(
                f"output/{thing}/{name}",
                (*line, path),
                _with(name, out, thing),
                about=(out, path, "o.", *(("a.gpkg",) if name == "adapt" else ())),
                expect=expect,
                kept=(out,) if thing in _NEVER and thing != "folder" and not may_be_there else (),
                needs_network=name in _SLOW,
            )
        for trait, path in _PATHS.items():
            if name in ("import", "fetch") and trait == "root":
                continue  # they add files to any folder, and would do so there
            yield Input(
                f"output/{trait}/{name}",
                (*line, path + Path(out).suffix if trait == "deep" else path),
                partial(_write, name),
                about=(
                    path[:20] or "out",
                    path.rpartition("/")[2][:20] or "out",
                    "--figure",
                    "-o",
                    "a.gpkg",
                    "file",
                    "cannot write",
                    "nothing in it",
                    "a\\udce9b",
                ),
                kept=tuple(word for word in line if word.endswith((".gpkg", ".tif", ".h5"))),
                needs_network=name in _SLOW,
            )
    for stage, folder in _STAGES.items():
        for thing in ("file", "pipe", "device", "link-to-nothing", "link-to-file"):
            yield Input(
                f"output/{thing}/stage-{stage}",
                (f"stage:{stage}",),
                _study(stage, folder, thing),
                about=(folder,),
                kept=(folder,) if thing in ("pipe", "device") else (),
            )


_PATHS = {
    "input-itself": "a.gpkg",
    "second-input": "2013.gpkg",
    "empty": "",
    "dot": ".",
    "root": "/",
    "long": "x" * 300 + ".gpkg",
    "deep": "n/" * 60 + "o",
    "below-a-file": "a.gpkg/o.gpkg",
    "below-a-pipe": "pipe/o.gpkg",
    "absent-folder": "new/folder/o.gpkg",
    "proc": "/proc/x.gpkg",
    "no-suffix": "o",
    "hidden": ".o.gpkg",
    "exclamation": "a!b.gpkg",
    "newline": "a\nb.gpkg",
    "dash": "./-o.gpkg",
    "surrogate": "a\udce9b.gpkg",
}


def _write(command: str, folder: Path) -> None:
    """Write what the commands read."""
    write_files(folder)
    if command == "catalog":
        write_finished_study(folder)
    if command == "fetch":
        copy("catalogue", folder / "catalogue")
        copy("area.gpkg", folder / "area.gpkg")


def _with(command: str, out: str, thing: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        _write(command, folder)
        put(folder / out, thing)

    return write


def _study(stage: str, out: str, thing: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        if stage == "prepare":
            write_sound_study(folder)
        else:
            write_finished_study(folder)
        target = folder / out
        if target.exists():
            target.rename(folder / "aside")
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, thing)

    return write


def put(path: Path, thing: str) -> None:
    """Put something in the way of an output."""
    beside = path.with_name("beside")
    match thing:
        case "file":
            path.write_text("old")
        case "folder":
            path.mkdir()
        case "full-folder":
            path.mkdir()
            (path / "mine.txt").write_text("mine")
        case "pipe":
            os.mkfifo(path)
        case "device":
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))  # the null device
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case "link-to-file":
            beside.write_text("old")
            path.symlink_to(beside.name)
        case "link-to-pipe":
            os.mkfifo(beside)
            path.symlink_to(beside.name)
        case "link-to-nothing":
            path.symlink_to("nowhere")
        case "link-to-folder":
            beside.mkdir()
            path.symlink_to(beside.name)
        case "loop":
            path.symlink_to(path.name)
