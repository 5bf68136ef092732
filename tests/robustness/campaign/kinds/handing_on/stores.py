"""`register` and `init`: hostile names, stores and folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from robustness.campaign.item import EITHER, REFUSED, Input
from robustness.campaign.kinds.handing_on.texts import TEXTS
from robustness.campaign.kinds.vectors.files import data, special
from robustness.campaign.kinds.weights.inputs import FILES
from robustness.campaign.materials import WEIGHTS, copy

Write = Callable[[Path], object]
_REGISTER = ("register", WEIGHTS, "--name", "landslides")
_STORE = {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}


def inputs() -> Iterator[Input]:
    """Each strange thing in `register` and `init`."""
    yield from _registered()
    yield from _new_studies()


def _registered() -> Iterator[Input]:
    for trait, text in TEXTS.items():
        for option, words in {
            "name": ("register", WEIGHTS, "--name", text),
            "alias": (*_REGISTER, "--alias", text),
            "licence": (*_REGISTER, "--licence", text),
        }.items():
            yield _register(f"{option}/{trait}", words, _with_store())
    for trait in ("latest", "v1", "LATEST", "1"):
        yield _register(f"alias/{trait}", (*_REGISTER, "--alias", trait), _with_store())
    for trait, (write, expect) in FILES.items():
        writer = partial(_with_stored_file, write)
        yield _register(f"weights/{trait}", _REGISTER, writer, expect)
    for trait, write_store in _STORES.items():
        yield _register(f"store/{trait}", _REGISTER, _with_store(write_store))
    for trait, address in _ADDRESSES.items():
        yield _register(f"address/{trait}", _REGISTER, _with_store(), REFUSED, address)


def _with_stored_file(write: Write, folder: Path) -> None:
    write(folder / WEIGHTS)
    copy("mlflow.db", folder / "mlflow.db")


def _with_store(write: Write | None = None) -> Callable[[Path], None]:
    def writer(folder: Path) -> None:
        copy(WEIGHTS, folder / WEIGHTS)
        if write is None:
            copy("mlflow.db", folder / "mlflow.db")
        else:
            write(folder / "mlflow.db")

    return writer


def _register(
    trait: str,
    words: tuple[str, ...],
    write: Callable[[Path], None],
    expect: str = EITHER,
    address: str = "",
) -> Input:
    return Input(
        f"register/{trait}",
        words,
        write,
        about=(WEIGHTS, "--name", "--alias", "--licence", "mlflow.db", "store", "MLFLOW", "name"),
        expect=expect,
        needs_network=True,
        environment={"MLFLOW_TRACKING_URI": address} if address else _STORE,
    )


def _cut_store(path: Path) -> None:
    raw = copy("mlflow.db", path).read_bytes()
    path.write_bytes(raw[: len(raw) // 2])


_STORES: dict[str, Write] = {
    "text": data("hello"),
    "cut": _cut_store,
    "pipe": special("pipe"),
    "device": special("device"),
    "folder": special("folder"),
    "loop": special("loop"),
    "dangling": special("dangling"),
}
_ADDRESSES = {
    "closed-port": "http://127.0.0.1:9",
    "unknown-scheme": "ftp://x/y",
    "bad-address": "http://[::1",
    "absent-folder": "sqlite:////proc/nowhere/mlflow.db",
    "text": "nonsense",
    "secret": "http://user:secret@127.0.0.1:9",
}


def _new_studies() -> Iterator[Input]:
    for trait, text in TEXTS.items():
        yield Input(
            f"init/name/{trait}",
            ("init", text),
            _nothing,
            about=(text[:20], "FOLDER", "not empty", "UTF-8"),
        )
    for trait, write in _FOLDERS.items():
        yield Input(f"init/folder/{trait}", ("init", "x"), write, about=("x",))
    for trait, variables in _GIT.items():
        yield Input(
            f"init/git/{trait}",
            ("init", "x"),
            _nothing,
            about=("x", "git"),
            outputs=("x/params.yaml",) if trait == "absent" else ("x/.git/config",),
            environment=variables,
        )


def _nothing(folder: Path) -> None:
    """Write nothing."""


def _folder(write: Write) -> Callable[[Path], None]:
    def writer(folder: Path) -> None:
        (folder / "x").mkdir()
        write(folder / "x")

    return writer


_FOLDERS: dict[str, Callable[[Path], None]] = {
    "full": _folder(lambda path: (path / "mine.txt").write_text("mine")),
    "hidden-file": _folder(lambda path: (path / ".mine").write_text("mine")),
    "git-file": _folder(lambda path: (path / ".git").write_text("gitdir: /nowhere")),
    "git-empty": _folder(lambda path: (path / ".git").mkdir()),
    "dvc-pipe": _folder(lambda path: os.mkfifo(path / ".dvc")),
    "params-pipe": _folder(lambda path: os.mkfifo(path / "params.yaml")),
    "data-file": _folder(lambda path: (path / "data").write_text("x")),
    "link": lambda folder: (folder / "x").symlink_to("elsewhere"),
    "loop": lambda folder: (folder / "x").symlink_to("x"),
    "device": lambda folder: (folder / "x").symlink_to("/dev/null"),
}
_GIT: dict[str, dict[str, str]] = {
    "absent": {"PATH": "/nowhere"},
    "other-folder": {"GIT_DIR": "elsewhere"},
    "bad-configuration": {"GIT_CONFIG_COUNT": "x"},
    "home-absent": {"HOME": "/proc/nowhere"},
    "other-tree": {"GIT_WORK_TREE": "/proc/nowhere"},
    "template": {"GIT_TEMPLATE_DIR": "/proc/nowhere"},
}
