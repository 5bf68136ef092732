"""Run inputs in forked processes that have slidelens imported already.

python -m robustness.campaign.server JOBS RESULTS, both JSON; see `robustness.campaign.running`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from robustness.campaign.corpus import corpus
from robustness.campaign.item import SERVED, SERVED_AT, STAGES, Input, Result

TIME_LIMIT_S = 20.0  # of the processor, and of the clock if the process waits for something
CLOCK_LIMIT_S = 400.0  # of the clock if it works, on a busy machine
_TEXT = 20_000  # characters kept of what a process prints
_WRITER_FAILED = 99


@dataclass
class _Child:
    """A running input.

    Attributes:
        item: The input.
        folder: In which it runs.
        started: Clock at its start, seconds.
        used_s: Processor time when it last grew.
        moved: Clock at that time, seconds.
    """

    item: Input
    folder: Path
    started: float
    used_s: float = 0.0
    moved: float = field(default_factory=time.monotonic)


def main() -> None:
    """Run the jobs and write a line of JSON for each result, as they come."""
    jobs = json.loads(Path(sys.argv[1]).read_text())
    _import_everything(jobs["network"])
    items = {item.name: item for item in corpus()}
    chosen = [items[name] for name in jobs["names"]]
    with Path(sys.argv[2]).open("w") as file:
        for result in _run_all(chosen, Path(jobs["folder"]), jobs["at_once"]):
            file.write(json.dumps(asdict(result)) + "\n")
            file.flush()


def _import_everything(network: bool) -> None:
    import slidelens.commands

    for module in pkgutil.iter_modules(slidelens.commands.__path__):
        importlib.import_module(f"slidelens.commands.{module.name}")
    for name in STAGES:
        importlib.import_module(f"slidelens.stages.{name}")
    for name in ("matplotlib.pyplot", "slidelens.api", "pyogrio", "rasterio"):
        importlib.import_module(name)
    if network:
        from slidelens.learning.runtime import quiet_tensorflow

        quiet_tensorflow()
        for name in ("keras", "h5py", "mlflow", "slidelens.learning.mapping.prediction"):
            importlib.import_module(name)


def _run_all(items: list[Input], folder: Path, at_once: int) -> Iterator[Result]:
    waiting, running = list(reversed(items)), dict[int, _Child]()
    while waiting or running:
        while waiting and len(running) < at_once:
            item = waiting.pop()
            child = _Child(item, folder / item.name.replace("/", "__"), time.monotonic())
            running[_start(child)] = child
        for process in list(running):
            if (result := _ended(process, running[process])) is not None:
                shutil.rmtree(running.pop(process).folder, ignore_errors=True)
                yield result
        time.sleep(0.02)


def _start(child: _Child) -> int:
    """Fork; the child writes its input and runs the command in it, with a session of its own."""
    child.folder.mkdir(parents=True)
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        try:
            os.setsid()
            _limit(child.item.memory_bytes)
            status = _work(child.item, child.folder)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return process


def _limit(memory_bytes: float) -> None:
    mapped = psutil.Process().memory_info().vms
    size = int(mapped + memory_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(item: Input, folder: Path) -> int:
    os.chdir(folder)
    try:
        item.write(Path())
    except BaseException:
        (folder / ".broken").write_text(traceback.format_exc())
        os._exit(_WRITER_FAILED)
    kept = {name: _content(folder / name) for name in item.kept}
    before = {"kept": kept, "there": _there([*item.words[1:], *item.about])}
    (folder / ".before").write_text(json.dumps(before))
    for stream, name in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), stream)
    os.environ.update(item.environment)
    words = _served(item, folder)
    sys.argv = ["slidelens", *words]
    if item.is_stage:
        stage = item.command.removeprefix("stage:")
        return int(_stage(stage).main(words[1:]))
    from slidelens import cli

    return cli.main(words)


def _served(item: Input, folder: Path) -> list[str]:
    """Return the words of an input with the address of the server that its writer has started."""
    address = folder / SERVED
    text = address.read_text() if address.exists() else SERVED_AT
    return [word.replace(SERVED_AT, text) for word in item.words]


def _stage(name: str) -> Any:
    return importlib.import_module(f"slidelens.stages.{name}")


def _ended(process: int, child: _Child) -> Result | None:
    """Return the result of a process that has ended or whose time is up."""
    ended, code = os.waitpid(process, os.WNOHANG)
    seconds, is_hung = time.monotonic() - child.started, False
    if not ended:
        if not _is_over(process, child, seconds):
            return None
        os.killpg(process, signal.SIGKILL)
        _, code = os.waitpid(process, 0)
        is_hung = True
    else:
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what it started and left behind
    status = os.WEXITSTATUS(code) if os.WIFEXITED(code) else None
    folder, item = child.folder, child.item
    broken = folder / ".broken"
    if broken.exists() or not (folder / ".before").exists():
        text = _read(broken) or "the process ended while the files were written"
        return Result(item.name, None, is_hung, seconds, "", "", text)
    before = json.loads((folder / ".before").read_text())
    err = _read(folder / ".err")
    if status is None and not is_hung:
        err += f"\nended by signal {os.WTERMSIG(code)}"
    return Result(
        name=item.name,
        status=None if is_hung else status,
        is_hung=is_hung,
        seconds=seconds,
        out=_read(folder / ".out"),
        err=err,
        changed=tuple(
            name for name, text in before["kept"].items() if _content(folder / name) != text
        ),
        missing=tuple(name for name in item.outputs if not (folder / name).exists()),
        there=tuple(before["there"]),
    )


def _is_over(process: int, child: _Child, seconds: float) -> bool:
    """Return whether a process has used its time up, or waits for something without end."""
    try:
        times = psutil.Process(process).cpu_times()
    except psutil.Error:
        return False
    used = times.user + times.system + times.children_user + times.children_system
    if used > child.used_s + 0.05:
        child.used_s, child.moved = used, time.monotonic()
    is_waiting = time.monotonic() - child.moved > TIME_LIMIT_S
    return used > TIME_LIMIT_S or is_waiting or seconds > CLOCK_LIMIT_S


def _there(words: list[str]) -> list[str]:
    """Return the paths among some words that exist."""
    paths = [word.rpartition("=")[2] for word in words]
    found = []
    for path in paths:
        with suppress(OSError, ValueError):
            if path.strip("./") and Path(path).exists():
                found.append(path)
    return found


def _content(path: Path) -> str:
    """Return what a path is: its kind, and the content of a file."""
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if path.is_dir():
        return f"folder of {sorted(entry.name for entry in path.iterdir())}"
    return f"other, mode {path.lstat().st_mode:o}" if path.exists() else "nothing"


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text if len(text) <= _TEXT else text[: _TEXT // 2] + "\n…\n" + text[-_TEXT // 2 :]


if __name__ == "__main__":
    main()
