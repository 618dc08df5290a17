from datetime import date, datetime

import pytest

from churn.errors import BadInput
from churn.export.config import as_of_in


@pytest.mark.parametrize("config", [None, {}, {"as_of": None}])
def test_without_a_setting_it_is_the_bundles_own_day(config):
    assert as_of_in(config) is None


@pytest.mark.parametrize("day", ["2024-07-01", date(2024, 7, 1)])
def test_a_day_is_read_as_a_text_and_as_yaml_reads_it(day):
    assert as_of_in({"as_of": day}) == date(2024, 7, 1)


@pytest.mark.parametrize("day", ["1 July", "", 20240701.5, datetime(2024, 7, 1, 12), ["2024-07-01"]])  # noqa: DTZ001
def test_what_is_no_day_is_refused_with_what_would_be(day):
    with pytest.raises(BadInput, match="it has to be a day, YYYY-MM-DD"):
        as_of_in({"as_of": day})


def test_a_setting_that_nobody_knows_is_refused():
    with pytest.raises(BadInput, match=r"the settings \['threshold'\]; it knows \['as_of'\]"):
        as_of_in({"threshold": 0.5})
