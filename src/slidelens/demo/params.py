"""Parameters of the demo as frozen, validated values; demo/params.yaml explains each one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from slidelens.errors import ParamsError
from slidelens.params.messages import shown_value
from slidelens.params.quantities import PixelSide, Seed
from slidelens.params.types import Date, Number, Section, Share
from slidelens.params.yaml_reading import read_yaml

Positive = Annotated[Number, Field(gt=0, le=1e7)]
NotNegative = Annotated[Number, Field(ge=0, le=1e4)]
Limited = Annotated[Number, Field(ge=-1e7, le=1e7)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Side = Annotated[int, Field(ge=64, le=8192)]
Five = tuple[Positive, Positive, Positive, Positive, Positive]
Two = tuple[Limited, Limited]


class AreaParams(Section):
    """Position and size of an image."""

    rows_px: Side
    columns_px: Side
    west_m: Limited
    north_m: Limited
    aoi_share: Annotated[Number, Field(gt=0.2, lt=0.95)]


class TerrainParams(Section):
    """Height and steepness of the valley."""

    base_m: Limited = 1400.0
    steepness: Positive = 38.0
    hillside: Annotated[Number, Field(gt=0.1, lt=1.2)] = 0.74
    river_catchment_km2: Positive = 4000.0


class LandslideParams(Section):
    """Sizes of the landslides, their contrast, and the mapper's errors."""

    rho: Annotated[Number, Field(gt=1, le=100)] = 1.40
    a_km2: Positive = 9.0e-3
    s_km2: Limited = -1.32e-4
    min_area_m2: Positive = 280.0
    max_area_m2: Positive = 150_000.0
    contrast: Share = 0.72
    missed_share: Share = 0.04
    outline_error_m: NotNegative = 4.0


class DateParams(Section):
    """One acquisition: time, landslides, atmosphere, plants, snow and sensor."""

    acquired: Annotated[datetime, Field(strict=False)]
    landslides: Annotated[int, Field(ge=0, le=100_000)]
    haze: NotNegative = 0.03
    gain: Five = Field(default=(1.0, 1.0, 1.0, 1.0, 1.0), strict=False)
    dryness: Share = 0.3
    snow_line_m: Limited = 3600.0
    cloud_share: Annotated[Number, Field(ge=0, le=0.5)] = 0.0
    shift_px: Two = Field(default=(0.0, 0.0), strict=False)


class PretrainParams(Section):
    """The separate first event: its area and its date."""

    area: AreaParams
    date: Date
    landslides: Count


class DemoParams(Section):
    """All of demo/params.yaml."""

    seed: Seed
    pixel_m: PixelSide = 5.0
    area: AreaParams
    pretrain: PretrainParams
    terrain: TerrainParams = TerrainParams()
    landslides: LandslideParams = LandslideParams()
    dates: dict[Date, DateParams] = Field(min_length=1)

    @classmethod
    def tiny(cls, seed: int = 1, side_px: int = 160, landslides: int = 6) -> DemoParams:
        """Return a small valley of two dates that takes about a second, for tests."""
        area = AreaParams(
            rows_px=side_px, columns_px=side_px, west_m=322_000, north_m=3_113_000, aoi_share=0.8
        )
        pretrain_area = area.model_copy(update={"west_m": 340_000.0})
        years = {str(year): datetime(year, 11, 5, 4, 50, tzinfo=UTC) for year in (2015, 2016)}
        return cls(
            seed=seed,
            area=area,
            pretrain=PretrainParams(area=pretrain_area, date="2016", landslides=landslides),
            landslides=LandslideParams(a_km2=2e-3, max_area_m2=8_000),
            dates={
                date: DateParams(acquired=acquired, landslides=landslides)
                for date, acquired in years.items()
            },
        )


def load_demo_params(path: Path) -> DemoParams:
    """Read and validate demo/params.yaml.

    Raises:
        ParamsError: if the file is missing, is not YAML, or has an invalid value; one line.
    """
    if not Path(path).exists():
        raise ParamsError(
            f"there is no {path} in {Path.cwd()}; run from the root of the repository"
        )
    return parse_demo_params(read_yaml(path), str(path))


def parse_demo_params(values: object, where: str) -> DemoParams:
    """Validate a mapping of parameters.

    Args:
        values: the parsed YAML.
        where: name of the file for error messages.

    Raises:
        ParamsError: if a value is invalid; one line.
    """
    try:
        params = DemoParams.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"]) or "the file"
        message = problem["msg"][0].lower() + problem["msg"][1:]
        raise ParamsError(
            f"{where}: {name} is {shown_value(problem['input'])}; {message}"
        ) from error
    if params.pretrain.date not in params.dates:
        raise ParamsError(
            f"{where}: pretrain.date is {params.pretrain.date}; give one of dates: "
            f"{', '.join(params.dates)}"
        )
    return params
