"""Weights in the model registry: registered, found by address, linked with their experiment."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from slidelens.api.network import load_weights
from slidelens.api.registry.registering import register_weights
from slidelens.errors import ParamsError, TrackingError, WeightsError
from slidelens.learning.inference.weights import Origin
from slidelens.learning.tiling.identity import weights_digest
from slidelens.registry.records import SHA_TAG
from slidelens.tracking.store import connect, tracking_uri
from support.learning.exporting import random_weights
from support.tracking.registry import log_evaluation
from support.tracking.stores import SURROUNDINGS, all_runs


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, which takes seconds to make."""
    folder = tmp_path_factory.mktemp("store")
    connect(f"sqlite:///{folder}/mlflow.db")
    return folder / "mlflow.db"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an empty store, in which the tests run."""
    for name in SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_EXP_NAME", "puny-lynx")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "models").mkdir()
    (tmp_path / "mlflow.db").write_bytes(template.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weights(name: str = "2015", **changes: Any) -> Path:
    path = Path("models") / f"{name}.weights.h5"
    random_weights(path, **changes)
    return path


def test_version_and_experiment_name_each_other() -> None:
    path = weights()
    log_evaluation(path, "2015", 0.75)
    registered = register_weights(path, "landslides", alias="champion", licence="CC-BY-4.0")
    assert registered.address == "models:/landslides@champion"
    said = registered.to_dict()
    assert (said["version"], said["experiment"]) == (1, "puny-lynx")
    client = connect(tracking_uri())
    version = client.get_model_version_by_alias("landslides", "champion")
    assert version.tags["dvc.exp_name"] == version.tags["slidelens.experiment"] == "puny-lynx"
    assert version.tags[SHA_TAG] == weights_digest(path)
    assert version.run_id
    assert version.description
    run = client.get_run(version.run_id)
    assert run.info.run_name == "puny-lynx"
    assert run.data.tags["slidelens.registered"] == "landslides/1"
    assert "f1 0.750, precision 0.500, recall 0.250" in version.description
    assert "| Licence | CC-BY-4.0 |" in version.description


def test_weights_without_arrays_are_not_registered() -> None:
    path = weights("damaged")
    with h5py.File(path, "a") as file:
        for name in list(file):
            del file[name]
    with pytest.raises(WeightsError, match=path.name):
        register_weights(path, "landslides")
    assert not connect(tracking_uri()).search_registered_models()


def test_the_option_of_a_name_is_told() -> None:
    with pytest.raises(ParamsError, match=r"alias is 'a/b' \(--alias\); give letters"):
        register_weights(weights(), "landslides", alias="a/b")


@pytest.mark.parametrize(("root", "simulated"), [("demo/study", True), ("data/raw", False)])
def test_scores_on_simulated_images_are_called_so(root: str, simulated: bool) -> None:
    path = weights()
    log_evaluation(path, "2015", 0.75, root)
    register_weights(path, "landslides")
    card = connect(tracking_uri()).get_model_version("landslides", "1").description
    assert card
    assert "f1 0.750" in card
    assert ("simulated images of the demo" in card) == simulated


def test_the_card_of_adapted_weights_has_their_score() -> None:
    scores = {"f1": 0.55, "f1_low": 0.4, "f1_high": 0.7}
    origin = Origin(weights="a" * 64, chosen="network", landslides=10, bare=9, **scores)
    register_weights(weights(adapted=origin), "landslides")
    card = connect(tracking_uri()).get_model_version("landslides", "1").description
    assert card
    assert "| Adapted from | aaaaaaaaaaaaaaaa… |" in card
    assert "places without; F1 by marks held back 0.55 (0.40 to 0.70)." in card


@pytest.mark.parametrize("end", ["@champion", "/1"])
def test_registered_weights_are_loaded_by_their_address(end: str) -> None:
    path = weights(threshold=0.3)
    register_weights(path, "landslides", alias="champion")
    network = load_weights(Path(f"models:/landslides{end}"))
    assert network.threshold == 0.3
    assert network.path.name == "landslides-1.weights.h5"
    assert network.path.read_bytes() == path.read_bytes()


def test_a_download_is_kept_until_it_is_damaged() -> None:
    path = weights()
    register_weights(path, "landslides", alias="champion")
    kept = load_weights("models:/landslides@champion").path
    before = kept.stat().st_mtime_ns
    assert load_weights("models:/landslides@champion").path.stat().st_mtime_ns == before
    kept.write_bytes(b"damaged")
    again = load_weights("models:/landslides@champion").path
    assert again.read_bytes() == path.read_bytes()


def test_the_same_weights_keep_their_version() -> None:
    path = weights(threshold=0.3)
    assert register_weights(path, "landslides").address == "models:/landslides/1"
    again = register_weights(path, "landslides", alias="champion")
    assert (again.version.version, again.alias) == (1, "champion")
    assert register_weights(weights("b", threshold=0.2), "landslides").version.version == 2
    assert load_weights("models:/landslides@champion").threshold == 0.3


def test_weights_of_no_known_experiment_get_a_run_of_their_own() -> None:
    registered = register_weights(weights("mine"), "landslides")
    assert registered.version.experiment == "register-landslides"
    (run,) = all_runs(tracking_uri())
    assert (run.info.run_name, run.info.status) == ("register-landslides", "FINISHED")


def test_an_experiment_with_several_versions_names_them_all() -> None:
    for name, threshold in (("2015", 0.3), ("2016", 0.4)):
        path = weights(name, threshold=threshold)
        log_evaluation(path, name, 0.5)
        register_weights(path, "landslides")
    (tag,) = {
        run.data.tags["slidelens.registered"]
        for run in all_runs(tracking_uri())
        if "slidelens.registered" in run.data.tags
    }
    assert tag == "landslides/1, landslides/2"


def test_the_model_holds_signature_example_card_and_no_code() -> None:
    import mlflow.pyfunc
    from mlflow.artifacts import download_artifacts

    register_weights(weights(), "landslides")
    uri = tracking_uri()
    version = connect(uri).get_model_version("landslides", "1")
    folder = Path(download_artifacts(version.source, dst_path="got", tracking_uri=uri))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"MLmodel", "README.md", "data/network.weights.h5", "input_example.json"} <= files
    assert not [name for name in files if name.endswith((".py", ".pkl"))]
    model = mlflow.pyfunc.load_model(str(folder))
    schema = model.metadata.signature
    assert schema.inputs.inputs[0].shape == (-1, -1, -1, 3)
    example = model.input_example
    assert model.predict(example).shape == example.shape[:3]
    assert np.ptp(model.predict(example)) > 0


def test_nothing_of_the_registry_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader that a stranger names in MLmodel is not imported."""
    register_weights(weights(), "landslides")
    (stored,) = Path("mlartifacts").rglob("MLmodel")
    stored.write_text(stored.read_text().replace("slidelens.api.registry.serving", "evil"))
    Path("evil.py").write_text("raise SystemExit('run')")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    assert load_weights("models:/landslides/1").architecture == "unet"
    assert "evil" not in sys.modules


def test_a_file_that_is_not_what_was_registered_is_refused() -> None:
    register_weights(weights(), "landslides")
    (stored,) = Path("mlartifacts").rglob("network.weights.h5")
    stored.write_bytes(b"other")
    with pytest.raises(WeightsError, match=r"^the weights of models:/landslides/1 are not those "):
        load_weights("models:/landslides/1")
    stored.unlink()
    with pytest.raises(TrackingError, match=r"^the weights of version 1 of landslides cannot be "):
        load_weights("models:/landslides/1")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("models:/landslides@challenger", r"has no models:/landslides@challenger; make it with"),
        ("models:/landslides/9", r"has no models:/landslides/9; make it with"),
        ("models:/nothing@champion", r"has no models:/nothing@champion; make it with"),
    ],
)
def test_what_is_not_registered_is_named_with_the_remedy(address: str, line: str) -> None:
    register_weights(weights(), "landslides", alias="champion")
    with pytest.raises(TrackingError, match=line):
        load_weights(address)


@pytest.mark.parametrize(
    "address", ["models:/landslides", "models:/a/b/c", "models:/../x/1", "models:/a@b@c", "models:"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ParamsError, match=r"is no address of registered weights; give models:/"):
        load_weights(address)


def test_a_version_of_another_program_is_refused() -> None:
    client = connect(tracking_uri())
    client.create_registered_model("other")
    client.create_model_version("other", Path.cwd().as_uri())
    with pytest.raises(TrackingError, match=r"^version 1 of other was not registered by slidelens"):
        load_weights("models:/other/1")


def test_a_server_cannot_choose_where_the_file_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    register_weights(weights(), "landslides")
    client = type(connect(tracking_uri()))
    version = connect(tracking_uri()).get_model_version("landslides", "1")
    hostile = SimpleNamespace(
        name="../../../evil", version="1", tags=version.tags, run_id="", source=version.source
    )
    monkeypatch.setattr(client, "get_model_version", lambda *arguments: hostile)
    path = load_weights("models:/landslides/1").path
    assert path.name == "landslides-1.weights.h5"
    assert path.resolve().is_relative_to(Path("cache").resolve())


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "-x", "a" * 101, "a'b"])
def test_names_that_the_registry_or_a_path_could_misread_are_refused(name: str) -> None:
    with pytest.raises(ParamsError, match=rf"^name is {name[:100]!r} \(--name\); give letters"):
        register_weights(weights(), name)


@pytest.mark.parametrize("alias", ["", "a b", "v1.0", "-x", "a" * 101])
def test_aliases_that_mlflow_refuses_are_refused_before(alias: str) -> None:
    with pytest.raises(
        ParamsError, match=r"^alias is '.*' \(--alias\); give letters, digits, hyph"
    ):
        register_weights("models/nothing.weights.h5", "landslides", alias=alias)


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V20"])
def test_aliases_that_mlflow_keeps_are_refused(alias: str) -> None:
    with pytest.raises(ParamsError, match=rf"^alias is {alias} \(--alias\), which MLflow keeps"):
        register_weights("models/nothing.weights.h5", "landslides", alias=alias)


def test_without_a_store_loading_makes_none() -> None:
    Path("mlflow.db").unlink()
    with pytest.raises(TrackingError, match=r"^there is no MLflow store "):
        load_weights("models:/landslides@champion")
    assert not Path("mlflow.db").exists()
