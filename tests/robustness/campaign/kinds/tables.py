"""Tables of experiments, dvc.lock and dvc.yaml, changed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from robustness.campaign.item import EITHER, Input
from robustness.campaign.kinds.vectors.files import special
from robustness.campaign.materials import copy, write_finished_study

_TABLES = ("table2", "ablations", "paper", "transfer")
_TEXTS: dict[str, str | bytes] = {
    "empty": "",
    "one-line": "a,b,c\n",
    "other-columns": "a,b,c\n1,2,3\n",
    "bytes": bytes(range(256)),
    "ragged": "lr,filters\n1,2,3\n4\n",
    "quote": '"\n',
    "json": "{}",
    "hostile": "label,f1\n<script>alert(1)</script>,=1+1\n",
    "latin1": b"label,f1\n\xe9,1\n",
}
_PIPELINES = {
    "empty": "",
    "list": "[]",
    "text": "x",
    "no-stages": "a: 1\n",
    "stages-list": "stages: []\n",
    "stage-null": "stages: {density: null}\n",
    "deps-number": "stages: {density: {cmd: x, deps: 7}}\n",
    "deps-of-mappings": "stages: {density: {cmd: x, deps: [{a: {b: c}}]}}\n",
    "not-yaml": "stages: [",
    "tab": "stages:\n\tdensity: {}\n",
    "nested": "stages: " + "[" * 3000 + "]" * 3000,
    "loop": "stages: &s {density: *s}\n",
    "python-tag": "stages: !!python/object/apply:os.system ['touch hacked']\n",
    "key-twice": "stages: {a: {cmd: x}, a: {cmd: y}}\n",
}


def inputs() -> Iterator[Input]:
    """Tables as the report reads them, pipelines as `dates` reads them."""
    for table in _TABLES:
        for name, text in _TEXTS.items():
            path = f"metrics/experiments/{table}.csv"
            yield Input(
                f"table/{table}/{name}",
                ("stage:report",),
                _finished(path, text),
                about=(table, "metrics/experiments"),
            )
    for name, text in _PIPELINES.items():
        yield Input(
            f"table/dvc-yaml-{name}/dates",
            ("dates", "2013", "2014"),
            _pipeline("dvc.yaml", text),
            about=("dvc.yaml",),
        )
        yield Input(
            f"table/params-{name}/dates",
            ("dates", "2013", "2014"),
            _pipeline("params.yaml", text),
            about=("params.yaml",),
        )
    for kind in ("folder", "pipe", "device", "loop"):
        for file in ("dvc.yaml", "params.yaml"):
            yield Input(
                f"table/{file}-{kind}/dates",
                ("dates", "2013", "2014"),
                _instead(file, kind),
                about=(file,),
                expect=EITHER,
            )


def _finished(path: str, text: str | bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        write_finished_study(folder)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    return write


def _pipeline(file: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        copy("study/params.yaml", folder / "params.yaml")
        copy("dvc.yaml", folder / "dvc.yaml")
        (folder / file).write_text(text)

    return write


def _instead(file: str, kind: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        copy("study/params.yaml", folder / "params.yaml")
        copy("dvc.yaml", folder / "dvc.yaml")
        (folder / file).unlink()
        special(kind)(folder / file)

    return write
