"""What identifies an experiment, and the hashes of data."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.tracking.identity import data_hashes, flatten, identify


def test_name_baseline_and_parameters_identify_the_experiment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = identify({"lr": "0.001", "seed": "1"})
    assert identify({"seed": "1", "lr": "0.001"}) == plain
    assert identify({"seed": "2", "lr": "0.001"}).key != plain.key
    monkeypatch.setenv("DVC_EXP_NAME", "puffy-aims")
    named = identify({"lr": "0.001", "seed": "1"})
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc123")
    assert len({plain.key, named.key, identify({"lr": "0.001", "seed": "1"}).key}) == 3


def test_a_plain_run_is_named_after_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert identify({}).name.startswith("repro-no-git-")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    revision = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    identity = identify({})
    assert identity.name.startswith(f"repro-{revision[:7]}-")
    assert identity.tags["git.revision"] == revision


@given(
    st.recursive(
        st.integers() | st.none(),
        lambda inner: st.dictionaries(st.text("ab", min_size=1), inner, min_size=1),
        max_leaves=8,
    )
)
def test_flat_names_lead_to_the_values(values: Any) -> None:
    flat = flatten({"root": values})
    assert flat
    for name, value in flat.items():
        inner: Any = {"root": values}
        for part in name.split("."):
            inner = inner[part]
        assert inner == value
        assert not isinstance(value, dict)


def test_hashes_are_those_of_dvc(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    (folder / "a").mkdir(parents=True)
    for name, text in (("a/b.txt", "one"), ("a-b.txt", "two"), ("é x.txt", "three")):
        (folder / name).write_text(text)
    # `dvc add f` of DVC 3.67 writes the first into f.dvc; the second is `md5sum`.
    assert list(data_hashes([folder, folder / "a" / "b.txt"]).values()) == [
        "297a6d5743bcde477d2982c2b35c4335.dir",
        "f97c5d29941bfb1b2fdab0874906ab82",
    ]
