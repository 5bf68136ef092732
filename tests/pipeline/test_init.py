"""`slidelens init` makes a study repository that runs without a checkout of slidelens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from slidelens.cli import main
from slidelens.errors import OutputError
from slidelens.params.loading import load_params
from slidelens.pipeline.init import EMPTY_FOLDERS, FILES, OWN, TEMPLATE, create_study, template_from
from support.pipeline.workshop import Workshop
from support.studies import ROOT, Date, tree, write_params, write_study

DATES = {"2015": Date(), "2016": Date()}
REGENERATE = "python -m slidelens.pipeline.init --regenerate"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new study repository; tests do not change it."""
    folder = tmp_path_factory.mktemp("new") / "my study"
    assert main(["init", str(folder)]) == 0
    return folder


def test_every_file_of_the_template_is_written(study: Path) -> None:
    for name, path in FILES.items():
        assert (study / path).read_bytes() == (TEMPLATE / name).read_bytes(), path
    assert all((study / path).is_dir() for path in EMPTY_FOLDERS)
    assert (study / ".git").is_dir()


def test_the_template_holds_no_other_files_and_none_that_is_hidden() -> None:
    assert {path.name for path in TEMPLATE.iterdir()} == set(FILES)
    assert not [name for name in FILES if name.startswith(".")]


def test_dvc_takes_no_packaged_file_for_a_pipeline() -> None:
    # DVC reads every dvc.yaml below a repository, those in src/ or in a virtual environment too.
    assert not [*(ROOT / "src").rglob("dvc.yaml"), *(ROOT / "src").rglob("*.dvc")]


@pytest.mark.parametrize("name", sorted(set(FILES) - set(OWN)))
def test_the_template_is_that_of_the_repository(name: str) -> None:
    packaged = (TEMPLATE / name).read_text(encoding="utf-8")
    assert packaged == template_from(ROOT)[name], f"{name} is out of date; run `{REGENERATE}`"


def test_the_pipeline_is_the_repositorys_without_its_code() -> None:
    own = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    text = (TEMPLATE / "pipeline.yaml").read_text(encoding="utf-8")
    assert "src/" not in text
    assert "PYTHONPATH" not in text
    assert yaml.safe_load(text) == without_code(own)


def without_code(value: Any) -> Any:
    """Return a pipeline without dependencies in src/ and without PYTHONPATH."""
    if isinstance(value, dict):
        return {key: without_code(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_code(item) for item in value if not str(item).startswith("src/")]
    return value.removeprefix("PYTHONPATH=src ") if isinstance(value, str) else value


def test_the_parameters_are_the_repositorys_for_own_data(study: Path) -> None:
    own, new = load_params(ROOT / "params.yaml"), load_params(study / "params.yaml")
    assert new.study.root == "data/raw"
    assert new.model_copy(update={"study": own.study}) == own
    assert new.study.model_copy(update={"root": own.study.root}) == own.study


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_mentions_what_only_the_repository_has(name: str) -> None:
    text = (TEMPLATE / name).read_text(encoding="utf-8")
    for word in ("demo/", "make ", "docs/", "src/"):
        assert word not in text, word


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.tif would be a folder"):
        create_study(tmp_path / "out.tif")
    assert not list(tmp_path.iterdir())


def test_a_folder_with_files_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is not empty; name a new folder" in line
    assert tree(tmp_path) == {"notes.txt": b"mine"}


def test_a_file_and_the_current_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        create_study(tmp_path / "file")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="is the current folder"):
        create_study(Path())


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "programs").mkdir()
    git = tmp_path / "programs/git"
    git.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent))
    with pytest.raises(OutputError, match="`git init` failed in a new folder: no room"):
        create_study(tmp_path / "study")
    assert [path.name for path in tmp_path.iterdir()] == ["programs"]


def test_without_git_the_next_step_is_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "empty").mkdir()
    assert main(["init", str(tmp_path / "empty")]) == 0
    assert "git init" in capsys.readouterr().out
    assert set(tree(tmp_path / "empty")) == set(FILES.values())


def test_dvc_reads_the_new_pipeline(study: Path) -> None:
    listed = Workshop(study).run("dvc", "stage", "list", "--name-only").stdout.split()
    assert {"prepare", "pretrain", "finetune@2013", "evaluate@2019", "report"} <= set(listed)


@pytest.mark.long
def test_the_new_pipeline_runs(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "my study")
    create_study(shop.folder)
    write_study(shop.folder / "data/raw", DATES)
    shop.run("slidelens", "dates", *DATES)
    write_params(shop.folder, Path("data/raw"), list(DATES))
    shop.commit("a tiny study")
    shop.run("dvc", "repro")
    assert (shop.folder / "report/index.html").exists()
    assert set(shop.json("metrics/f1.json")["f1"]) == {*DATES, "mean"}
    assert "up to date" in shop.run("dvc", "repro").stdout
