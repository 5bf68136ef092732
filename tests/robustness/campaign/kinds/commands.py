"""Command lines that are wrong as a whole, and commands in the wrong place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from robustness.campaign.item import REFUSED, Input
from robustness.campaign.kinds.options import write_files
from robustness.campaign.materials import WEIGHTS, copy, write_finished_study

_COMMANDS = (
    "init",
    "check",
    "dates",
    "drift",
    "audit",
    "map",
    "density",
    "sizes",
    "compare",
    "lifecycle",
    "review",
    "table2",
    "sweep",
    "ablations",
    "transfer",
    "import",
    "adapt",
    "fetch",
    "catalog",
    "export",
    "register",
)
_LIFECYCLE = ("lifecycle", "2013.gpkg", "2014.gpkg", "-o", "o.gpkg")
_MAP = ("map", "s.tif", "--weights", WEIGHTS, "-o", "out")
_LINES: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "unknown-command": ("maps",),
    "empty-command": ("",),
    "option-first": ("--nonsense",),
    "hostile-command": ("<script>",),
    "long-command": ("x" * 5000,),
    "observed-of-no-date": (*_LIFECYCLE, "--observed", "1999=a.gpkg"),
    "observed-without-equals": (*_LIFECYCLE, "--observed", "a.gpkg"),
    "observed-empty": (*_LIFECYCLE, "--observed", "2014="),
    "observed-twice": (*_LIFECYCLE, "--observed", "2014=a.gpkg", "2014=b.gpkg"),
    "too-few-dates": (*_LIFECYCLE, "--dates", "2013"),
    "too-many-dates": ("lifecycle", "2013.gpkg", "-o", "o.gpkg", "--dates", "2013", "2014"),
    "same-file-twice": ("lifecycle", "2013.gpkg", "2013.gpkg", "-o", "o.gpkg"),
    "no-out": ("lifecycle", "2013.gpkg", "2014.gpkg"),
    "one-inventory": ("compare", "a.gpkg"),
    "three-inventories": ("compare", "a.gpkg", "b.gpkg", "2013.gpkg"),
    "rev-of-nothing": ("compare", "2014", "--rev", "HEAD"),
    "rev-empty": ("compare", "2014", "--rev", ""),
    "rev-option-like": ("compare", "2014", "--rev=--upload-pack=touch hacked", "--rev", "HEAD"),
    "probability-without-threshold": (
        "compare",
        "a.gpkg",
        "b.gpkg",
        "--merge",
        "--probability",
        "s.tif",
    ),
    "bands-twice": (*_MAP, "--bands", "a", "a", "a"),
    "bands-too-few": (*_MAP, "--bands", "a"),
    "bands-empty": (*_MAP, "--bands", ""),
    "weights-twice": ("map", "s.tif", "--weights", "a", "--weights", "b", "-o", "out"),
    "store-is-a-pipe": ("table2", "--store", "pipe"),
    "store-is-a-folder": ("table2", "--store", "folder"),
    "store-is-a-raster": ("table2", "--store", "s.tif"),
    "store-absent": ("table2", "--store", "nothing.db"),
    "store-of-nobody": ("table2", "--store", "http://127.0.0.1:9"),
    "store-unknown-scheme": ("table2", "--store", "ftp://x/y"),
    "store-bad-address": ("table2", "--store", "http://[::1"),
    "store-empty": ("table2", "--store", ""),
    "where-without-equals": ("table2", "--where", "epochs"),
    "where-hostile": ("table2", "--where", "epochs=1' OR '1'='1"),
    "experiment-empty": ("table2", "--experiment", ""),
    "init-on-a-file": ("init", "a.gpkg"),
    "init-below-a-file": ("init", "a.gpkg/x"),
    "init-empty": ("init", ""),
    "init-pipe": ("init", "pipe"),
    "dates-none": ("dates",),
    "sweep-nan": ("sweep", "--lr", "nan"),
    "sweep-text": ("sweep", "--lr", "x"),
    "sweep-negative": ("sweep", "--filters", "-1"),
    "sweep-set-unknown": ("sweep", "--set", "nonsense=1"),
    "sweep-set-empty": ("sweep", "--set", "="),
    "sweep-jobs-0": ("sweep", "--jobs", "0"),
    "sweep-jobs-huge": ("sweep", "--jobs", "9" * 30),
    "sweep-stage-unknown": ("sweep", "--stage", "nonsense"),
    "ablations-unknown": ("ablations", "--only", "nonsense", "--list"),
    "ablations-folder-absent": ("ablations", "--list", "--folder", "nowhere"),
    "ablations-set-list": ("ablations", "--list", "--set", "dates=[]"),
    "transfer-unknown-date": ("transfer", "1999"),
    "audit-unknown-date": ("audit", "--random-split", "1999"),
    "check-unknown-folder": ("check", "nowhere"),
    "check-file": ("check", "a.gpkg"),
    "check-pipe": ("check", "pipe"),
}
_WORKS = {"experiment-empty", "store-empty", "where-hostile", "same-file-twice"}


def inputs() -> Iterator[Input]:
    """Wrong command lines, then commands in an empty folder and in others."""
    for name, words in _LINES.items():
        is_list = "--list" in words or name.startswith(("check-", "transfer-", "audit-"))
        yield Input(
            f"command/{name}",
            words or ("",),
            _study_files if is_list else write_files,
            about=_about(words),
            expect="either" if name in _WORKS else REFUSED,
            needs_network=words[:1] in (("map",), ("table2",), ("transfer",)),
        )
    for command in _COMMANDS:
        for trait, write in _PLACES.items():
            yield Input(
                f"command/{trait}/{command}",
                (command, *(("x",) if command == "init" else ())),
                write,
                about=("",),
                expect="either",
                needs_network=command in ("table2", "transfer"),
            )
        yield Input(
            f"command/unknown-option/{command}",
            (command, "--nonsense"),
            _nothing,
            ("--nonsense",),
            REFUSED,
        )
    for variable, value in _ENVIRONMENT:
        yield Input(
            f"command/environment-{variable}-{value.strip('/').replace('/', '-')}",
            ("sizes", "a.gpkg", "--bootstrap", "0"),
            write_files,
            about=(variable,),
            environment={variable: value},
        )


_ENVIRONMENT = (
    ("PROJ_DATA", "/nowhere"),
    ("PROJ_LIB", "/nowhere"),
    ("GDAL_DATA", "/nowhere"),
    ("GDAL_DRIVER_PATH", "/nowhere"),
    ("OGR_ENABLE_PARTIAL_REPROJECTION", "YES"),
    ("TMPDIR", "/nowhere"),
    ("LC_ALL", "C"),
    ("COLUMNS", "-1"),
    ("COLUMNS", "0"),
    ("GDAL_CACHEMAX", "-1"),
    ("MPLCONFIGDIR", "/dev/zero"),
    ("MLFLOW_TRACKING_URI", "nonsense://"),
    ("OGR_SKIP", "GPKG"),
    ("GDAL_SKIP", "GTiff"),
)


def _about(words: tuple[str, ...]) -> tuple[str, ...]:
    names = [word[:30] for word in words[1:] if word.strip()]
    return (
        *names,
        *(name.strip("-") for name in names),
        "option",
        "OBSERVED",
        "FOLDER",
        "command",
        "dates",
        "DATE",
        "store",
        "--out",
        "predicted",
        "bands",
        "params.yaml",
        "repository",
        "inventories",
    )


def _nothing(folder: Path) -> None:
    """Write nothing."""


def _study_files(folder: Path) -> None:
    write_files(folder)
    write_finished_study(folder)
    copy("dvc.yaml", folder / "dvc.yaml")


def _only_params(folder: Path) -> None:
    copy("study/params.yaml", folder / "params.yaml")


def _no_raw(folder: Path) -> None:
    write_finished_study(folder)
    (folder / "raw").rename(folder / "elsewhere")


_PLACES: dict[str, Callable[[Path], None]] = {
    "empty-folder": _nothing,
    "only-params": _only_params,
    "no-raw-data": _no_raw,
}
