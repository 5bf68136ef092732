"""params.yaml: absurd values of every parameter, and files that are no mapping of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from robustness.campaign.item import EITHER, REFUSED, Input
from robustness.campaign.kinds.vectors.files import special
from robustness.campaign.materials import write_sound_study

_ROOT = Path(__file__).resolve().parents[4]
_NEVER = {  # no number is meant by these
    "nan": ".nan",
    "inf": ".inf",
    "minus-1e300": "-1.0e+300",
    "1e300": "1.0e+300",
    "minus-1": "-1",
    "text": "many",
    "empty-text": '""',
    "list": "[1, 2]",
    "mapping": "{a: 1}",
    "true": "true",
}
_PERHAPS = {"1e-300": "1.0e-300", "0": "0", "null": "null", "1e6": "1000000", "huge": "9" * 30}
_WORDS = {
    "empty-text": '""',
    "number": "7",
    "list": "[x]",
    "long": "x" * 5000,
    "nul": r'"a\0b"',
    "hostile": "'<script>alert(1)</script>'",
    "parent": "../../../etc/passwd",
    "device": "/dev/zero",
    "newline": r'"a\nb"',
    "true": "true",
}
_SIGNED: tuple[str, ...] = ()  # numbers that may be negative


def inputs() -> Iterator[Input]:
    """Every parameter with each absurd value, then the files."""
    for path, value in leaves(_sound()):
        dotted = ".".join(path)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        for name, text in (_NEVER | _PERHAPS if is_number else _WORDS).items():
            yield Input(
                f"params/{dotted}/{name}",
                ("check",),
                _changed(path, text),
                about=(dotted, path[-1], path[0], "params.yaml", dotted.removesuffix(".0")),
                expect=REFUSED if is_number and name in _NEVER else EITHER,
            )
    for name, content in _FILES.items():
        expect = EITHER if name in _SOUND else REFUSED
        yield Input(f"params/{name}/check", ("check",), _file(content), ("params.yaml",), expect)
    for kind in ("folder", "pipe", "device", "loop", "dangling"):
        yield Input(
            f"params/{kind}-{'absent' if kind == 'dangling' else 'file'}/check",
            ("check",),
            lambda folder, kind=kind: special(kind)(folder / "params.yaml"),  # type: ignore[misc]
            ("params.yaml",),
            REFUSED,
        )
    yield from _stages()


@cache
def _sound() -> Mapping[str, Any]:
    """Return the repository's parameters, some of which are null or empty."""
    values = yaml.safe_load((_ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["finetune"]["from"] = {"2013": "pretrained"}
    values["dates"] = ["2013"]
    values["report"]["phases"] = {"2013": "pre"}
    for section, name in (
        ("study", "pixel_m"),
        ("density", "radius_m"),
        ("finetune", "landslides"),
    ):
        values[section][name] = 1
    values["study"]["tile_px"] = values["study"]["pretrain"]["tile_px"] = 1
    return dict(values)


def leaves(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return every parameter with its path; a list counts as one."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from leaves(value, (*path, str(name)))
    else:
        yield path, values


def _changed(path: tuple[str, ...], text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        write_sound_study(folder)
        target = folder / "params.yaml"
        values = yaml.safe_load(target.read_text())
        section = values
        for name in path[:-1]:
            section = section.setdefault(name, {})
        section[path[-1]] = "@@"
        target.write_text(yaml.safe_dump(values).replace("'@@'", text).replace("@@", text))

    return write


def _file(text: str | bytes) -> Callable[[Path], None]:
    """Return a writer of params.yaml; `{sound}` stands for sound parameters."""

    def write(folder: Path) -> None:
        write_sound_study(folder)
        target = folder / "params.yaml"
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text.replace("{sound}", target.read_text()))

    return write


_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
_SOUND = {"bom", "crlf", "document-mark", "key-twice"}
_FILES: dict[str, str | bytes] = {
    "empty": "",
    "spaces": "  \n\n",
    "null": "null",
    "list": "[1, 2]",
    "text": "hello",
    "number": "7",
    "not-yaml": "a: [",
    "tab": "a:\n\t- b",
    "latin1": "# caf\u00e9\n".encode("latin-1"),
    "utf16": "{lr: 1}".encode("utf-16"),
    "nul-byte": b"lr: 1\0\n",
    "binary": bytes(range(256)),
    "bom": "\ufeff{sound}",
    "crlf": "{sound}\r\n",
    "document-mark": "---\n{sound}",
    "two-documents": "{sound}\n---\n{sound}",
    "python-tag": "{sound}\nx: !!python/object/apply:os.system ['touch hacked']",
    "unknown-tag": "{sound}\nx: !thing 1",
    "anchor-loop": "{sound}\nx: &x [*x]",
    "anchor-loop-in-section": "{sound}\nextra: &e {a: *e}",
    "bomb": "{sound}\n" + _BOMB,
    "bomb-in-dates": _BOMB + "dates: *a11\n",
    "deep-list": "{sound}\nx: " + "[" * 5000 + "]" * 5000,
    "deep-mapping": "{sound}\nx: " + "{a: " * 3000 + "1" + "}" * 3000,
    "deep-blocks": "".join(" " * i + "a:\n" for i in range(1500)),
    "very-long-line": "{sound}\nx: " + "y" * 3_000_000,
    "unknown-section": "{sound}\nnonsense: {a: 1}",
    "unknown-key-hostile": '{sound}\n"<script>": 1',
    "number-key": "{sound}\n7: 1",
    "list-key": "{sound}\n? [a, b]\n: 1",
    "null-key": "{sound}\n~: 1",
    "key-twice": "{sound}\nlr: 0.01",
    "section-is-list": "study: []",
    "section-is-text": "study: raw",
    "date-with-huge-number": "dates: [" + "9" * 5000 + "]",
    "timestamp-impossible": "dates: [2013-99-99T00:00:00]",
    "sexagesimal": "lr: 190:20:30",
    "merge-key": "{sound}\n<<: 7",
}


def _stages() -> Iterator[Input]:
    """Stages with parameters that only they use."""
    for stage in ("prepare", "density", "lifecycle", "report"):
        for name in ("empty", "not-yaml", "bomb", "anchor-loop", "number-key"):
            yield Input(
                f"params/{name}/{stage}",
                (f"stage:{stage}",),
                _file(_FILES[name]),
                ("params.yaml",),
                REFUSED,
            )
