"""When images were taken."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import rasterio

from slidelens.catalog.times import Period, period_of, require_known, whole
from slidelens.errors import ParamsError
from support.studies import grid_of, numbered, write_image


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_image(tmp_path / "scene.tif", grid_of(20, 20), numbered(20, 20))


def test_the_label_tells_the_time_unless_the_user_does(scene: Path) -> None:
    assert period_of("2015", scene, {}) == Period(
        datetime(2015, 1, 1), datetime(2015, 12, 31, 23, 59, 59)
    )
    told = period_of("2015", scene, {"2015": "2015-04-25"})
    assert told.properties == {
        "datetime": None,
        "start_datetime": "2015-04-25T00:00:00Z",
        "end_datetime": "2015-04-25T23:59:59Z",
    }


def test_inventories_tell_the_day_that_is_told_else_the_label_or_the_tag(tmp_path: Path) -> None:
    image = write_image(tmp_path / "image.tif", grid_of(20, 20), numbered(20, 20))
    with rasterio.open(image, "r+") as dataset:
        dataset.update_tags(ACQUISITION_DATE="2018-09-20T01:26:51Z")
    assert period_of("2018-post", image, {"2018-post": "20.9.2018"}).text == "2018-09-20"
    assert period_of("2018-post", image, {}).text == "2018-post"
    assert period_of("post", image, {}).text == "2018-09-20"


def test_a_second_is_a_moment(scene: Path) -> None:
    period = period_of("S2A_MSIL2A_20180905T012651_N0208", scene, {})
    assert period.properties["datetime"] == "2018-09-05T01:26:51Z"


def test_without_any_date_the_user_is_asked(scene: Path) -> None:
    with pytest.raises(
        ParamsError, match=r"image of post was taken.* when \(--when\), like post=2018-09-20$"
    ):
        period_of("post", scene, {})
    with pytest.raises(ParamsError, match=r"when \(--when\) has post=soon, which is no date"):
        period_of("post", scene, {"post": "soon"})
    for text in ("2014-05\n-01", "1" * 5000):
        with pytest.raises(
            ParamsError, match=r"(?s)\(--when\) has post=.{1,120}, which is no date"
        ):
            period_of("post", scene, {"post": text})


def test_a_day_outside_the_year_of_the_label_is_told(
    scene: Path, caplog: pytest.LogCaptureFixture
) -> None:
    period_of("2015", scene, {"2015": "2015-05-01"})
    period_of("post", scene, {"post": "2018-05-01"})
    assert caplog.messages == []
    assert period_of("2015", scene, {"2015": "2018-05-01"}).text == "2018-05-01"
    (message,) = caplog.messages
    assert "the image of 2015 was taken 2018-05-01, which lies outside 2015" in message


def test_dates_that_are_not_of_the_study_are_refused() -> None:
    require_known({"post": "2018"}, ["pre", "post"])
    with pytest.raises(
        ParamsError, match=r"when \(--when\) names after, which is none of the dates pre"
    ):
        require_known({"after": "2018"}, ["pre", "post"])


def test_the_whole_is_from_the_first_to_the_last() -> None:
    days = [datetime(2015, 1, day) for day in (1, 2, 3, 4)]
    assert whole([Period(days[1], days[3]), Period(days[0], days[2])]) == Period(days[0], days[3])
