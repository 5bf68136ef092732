"""Types of the numbers among the parameters, with the values that have a meaning.

Bounds are wider than any sensible value. They keep out what no machine can compute, what gives no
result, and slips of the keyboard: metres typed as kilometres, 1e300.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from slidelens.params.types import Number

Seed = Annotated[int, Field(ge=0, le=2**32 - 1, description="a seed of random numbers")]

# Networks and training
LearningRate = Annotated[Number, Field(gt=0, le=10, description="a learning rate of Adam")]
LearningRateShare = Annotated[Number, Field(gt=0, le=100, description="a share of lr")]
LearningRateFactor = Annotated[Number, Field(ge=1e-3, lt=1, description="a share of lr")]
Filters = Annotated[int, Field(ge=1, le=256, description="filters of the first block")]
BatchSize = Annotated[int, Field(ge=1, le=4096, description="patches per step")]
Epochs = Annotated[int, Field(ge=1, le=10_000, description="epochs")]
EpochsOrNone = Annotated[int, Field(ge=0, le=10_000, description="epochs")]
Patience = Annotated[int, Field(ge=1, le=10_000, description="epochs")]
Patches = Annotated[int, Field(ge=1, le=1_000_000, description="patches")]
Patch = Annotated[int, Field(ge=16, le=4096, multiple_of=16, description="side of a patch, pixels")]
Members = Annotated[int, Field(ge=1, le=100, description="networks")]
Momentum = Annotated[Number, Field(gt=0, lt=1, description="share of the old average")]
Averaging = Annotated[Number, Field(ge=0, lt=1, description="share of the old average")]
LossWeight = Annotated[Number, Field(gt=0, le=100, description="a weight in the loss")]
SourceWeight = Annotated[Number, Field(gt=0, le=1000, description="a weight")]
Epsilon = Annotated[Number, Field(ge=1e-12, le=1, description="pixels")]
Exponent = Annotated[Number, Field(gt=0, le=10, description="an exponent")]
Gain = Annotated[Number, Field(ge=0, lt=1, description="a share")]
Offset = Annotated[Number, Field(ge=0, le=10, description="standard deviations")]
Rotation = Annotated[Number, Field(ge=0, le=180, description="degrees")]
Shear = Annotated[Number, Field(ge=0, lt=45, description="degrees")]
MarginPixels = Annotated[int, Field(ge=0, le=100, description="pixels")]
BoundaryPixels = Annotated[int, Field(ge=1, le=64, description="pixels")]
BlendPixels = Annotated[Number, Field(ge=0, le=1e9, description="landslide pixels")]
Landslides = Annotated[int, Field(ge=1, le=10_000_000, description="landslides")]

# Ground
PixelSide = Annotated[Number, Field(ge=0.001, le=10_000, description="side of a pixel, m")]
BlockSide = Annotated[Number, Field(ge=0.1, le=1e6, description="side of a block, m")]
CellSide = Annotated[Number, Field(ge=0.001, le=1e6, description="side of a cell, m")]
Radius = Annotated[Number, Field(ge=0.001, le=1e6, description="search radius, m")]
Distance = Annotated[Number, Field(ge=0, le=10_000, description="m")]
Tolerance = Annotated[Number, Field(ge=0, le=1000, description="m")]
Area = Annotated[Number, Field(ge=0, le=1e9, description="m²")]
Angle = Annotated[Number, Field(ge=0, le=90, description="degrees")]

# Shares
OpenShare = Annotated[Number, Field(gt=0, lt=1, description="a share")]
PositiveShare = Annotated[Number, Field(gt=0, le=1, description="a share")]
OddsShare = Annotated[Number, Field(ge=0, le=100, description="a share of the threshold's odds")]
Probability = Annotated[Number, Field(gt=0, lt=1, description="a probability")]
