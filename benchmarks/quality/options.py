"""Options to try one at a time, as changes of params.yaml."""

from __future__ import annotations

OPTIONS = (
    "evaluate.symmetries=1",
    "evaluate.symmetries=8",
    "evaluate.calibration=none",
    "learning.members=3",
    "model.momentum=0.99",
    "model.normalisation=group",
    "learning.averaging=0",
    "learning.lr_schedule=cosine",
    "learning.landslide_share=0",
    "learning.gain=0 learning.offset=0",
    "learning.loss=focal_tversky",
    "learning.loss=dice_cross_entropy",
    "learning.loss=boundary",
    "learning.margin_px=1",
    "study.derived=[]",
    "study.standardise=own",
    "study.radiometry=histogram",
    "study.radiometry=ir_mad",
    "finetune.blend=1",
    "finetune.freeze=encoder",
)
