"""Settings of pretraining and fine-tuning from params.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.learning.training.settings import finetuning_settings, pretraining_settings
from support.studies import params_for


def test_pretraining_starts_from_random_weights_at_the_full_learning_rate() -> None:
    params = params_for(Path("raw"), ["2013"], lr=0.02, epochs=7, finetune__epochs=3)
    settings = pretraining_settings(params)
    assert (settings.lr, settings.epochs, settings.seed) == (0.02, 7, params.seed)
    assert settings.schedule == params.pretrain
    assert (settings.freeze, settings.encoder_lr_share, settings.blend) == ("none", 1, 1)


def test_fine_tuning_takes_a_share_of_the_learning_rate_and_its_own_section() -> None:
    changes = {
        "lr_share": 0.1,
        "epochs": 3,
        "freeze": "encoder",
        "encoder_lr_share": 0.5,
        "blend": 0.7,
        "blend_px": 400,
    }
    sections = {f"finetune__{name}": value for name, value in changes.items()}
    params = params_for(Path("raw"), ["2013"], lr=0.02, epochs=7, **sections)
    settings = finetuning_settings(params)
    assert settings.lr == pytest.approx(0.002)
    assert (settings.epochs, settings.freeze, settings.encoder_lr_share) == (3, "encoder", 0.5)
    assert (settings.blend, settings.blend_px) == (0.7, 400)
    assert settings.schedule == params.finetune
