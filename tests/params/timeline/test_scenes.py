"""Dates of acquisition in scene identifiers."""

from __future__ import annotations

import pytest

from slidelens.params.timeline.scenes import find_acquisition


@pytest.mark.parametrize(
    ("label", "start", "mission"),
    [
        ("LC08_L1TP_192029_20220823_20220902_02_T1", "2022-08-23", "Landsat"),
        ("LC08_L1TP_201024_20180823", "2018-08-23", "Landsat"),
        ("iburi_LE07_L2SP_107030_20180905_20200829_02_T1_v2", "2018-09-05", "Landsat"),
        ("LC08_107030_20180905", "2018-09-05", "Landsat"),
        ("LC081070302018090501T1-SC20190101000000", "2018-09-05", "Landsat"),
        ("LC81920292015123LGN00", "2015-05-03", "Landsat"),
        ("LT52010241990366KIS00", None, "Landsat"),
        (
            "S2A_MSIL2A_20180905T012651_N0208_R074_T54TWN_20180906T040000",
            "2018-09-05T01:26:51",
            "Sentinel-2",
        ),
        ("S2B_54TWN_20180905_0_L2A", "2018-09-05", "Sentinel-2"),
        ("S2A_L1C_20170729_19UDP_0", "2017-07-29", "Sentinel-2"),
        ("T54TWN_20180905T012651_B04_10m", "2018-09-05T01:26:51", "Sentinel-2"),
        (
            "S2A_OPER_PRD_MSIL1C_PDMC_20160901T032145_R074_V20160831T012642_20160831T012642",
            "2016-08-31T01:26:42",
            "Sentinel-2",
        ),
        (
            "S1A_IW_SLC__1SDV_20180905T084214_20180905T084239_023559_0290B1_A5D0",
            "2018-09-05T08:42:14",
            "Sentinel-1",
        ),
        ("20180905_013223_1032_3B_AnalyticMS", "2018-09-05T01:32:23", "PlanetScope"),
        ("20210905_013223_45_2403_3B_AnalyticMS_SR", "2021-09-05T01:32:23", "PlanetScope"),
        ("1234567_5438703_2018-09-05_1032", "2018-09-05", "PlanetScope"),
        ("2015302_2018-09-05_RE1_3A_159498", "2018-09-05", "RapidEye"),
        ("DIM_PHR1A_PMS_201809050132239_ORT_1", "2018-09-05T01:32:23", "SPOT or Pléiades"),
        ("IMG_SPOT6_MS_201504281016129_ORT_1", "2015-04-28T10:16:12", "SPOT or Pléiades"),
        ("18SEP05013223-M2AS-0123", "2018-09-05T01:32:23", "WorldView or GeoEye"),
        ("AST_L1T_00305032018013223_20180504120000_1", "2018-05-03T01:32:23", "ASTER"),
        ("MOD09GA.A2018248.h28v04.006.2018250033040", "2018-09-05", "MODIS or VIIRS"),
        ("HLS.S30.T54TWN.2018248T012651.v2.0", "2018-09-05T01:26:51", "HLS"),
        ("ALOS2146920740-170129", "2017-01-29", "ALOS-2"),
    ],
)
def test_the_date_is_that_of_acquisition(label: str, start: str | None, mission: str) -> None:
    if start is None:  # 1990 has no day 366
        with pytest.raises(ValueError, match="1990 has no day 366"):
            find_acquisition(label)
        return
    found = find_acquisition(label)
    assert found is not None
    assert found.start.isoformat().removesuffix("T00:00:00") == start
    assert found.mission == mission


@pytest.mark.parametrize(
    "label", ["2015", "LC08", "map_20180905", "S2_2018-09", "A1", "tile_T54TWN"]
)
def test_other_labels_are_none(label: str) -> None:
    assert find_acquisition(label) is None


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("LC08_L1TP_192029_20221323", "there is no month 13"),
        ("S2B_54TWN_20180231_0_L2A", "Feb 2018 has no day 31"),
        ("LC81920292015400LGN00", "2015 has no day 400"),
        ("20180905_993223_1032_3B_AnalyticMS", "there is no time 993223"),
        ("S2B_54TWN_10180905_0_L2A", "1018 is no year from 1930 to 2100"),
    ],
)
def test_dates_that_do_not_exist_are_refused(label: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{label} looks like .* scene, but {reason}"):
        find_acquisition(label)
