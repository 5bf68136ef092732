"""Reading params.yaml, and files that hold no parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import ParamsError
from slidelens.params.loading import load_params
from support.studies import ROOT


def test_the_repositorys_own_file_is_sound() -> None:
    params = load_params(ROOT / "params.yaml")
    assert params.dates
    # The paper's β = 0.7 weighs false positives.
    assert (params.learning.fn_weight, params.learning.fp_weight) == (0.3, 0.7)


def test_yaml_reads_one_e_minus_five_as_text_and_the_file_still_loads(tmp_path: Path) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("lr: 1e-3 ", "lr: 1e-05 ", 1)
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    assert load_params(tmp_path / "params.yaml").lr == 1e-5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dates: [", "is not YAML: while parsing a flow node"),
        ("", "is empty, not a mapping"),
        ("- lr", "holds list, not a mapping"),
    ],
)
def test_a_file_that_holds_no_parameters(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=line) as caught:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ParamsError, match="there is no params.yaml in .*; run from the folder that holds it"
    ):
        load_params()


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes("# Höhe\n".encode("latin-1"))
    with pytest.raises(
        ParamsError, match=r"params.yaml is not UTF-8 text \(byte 3: 0xf6\); save it as UTF-8"
    ):
        load_params(path)
