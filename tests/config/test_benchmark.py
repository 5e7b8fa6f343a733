"""The yardstick and the shape of the answer."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import path

from config.benchmarks.load import Timings
from config.benchmarks.reference import ADDRESS, reference
from config.benchmarks.result import Result
from config.urls import urlpatterns as site

urlpatterns = [*site, path(ADDRESS.lstrip("/"), reference)]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_reference_page_is_fifty_rows_and_four_queries(client, manager, django_assert_num_queries):
    client.force_login(manager)

    with django_assert_num_queries(4):
        page = client.get(ADDRESS).content.decode()

    assert page.count("<tr>") == 1 + 50


def test_reference_page_is_not_routed_in_a_normal_process(client, manager):
    client.force_login(manager)

    assert client.get(ADDRESS).status_code == 404


def test_result_has_the_keys_of_the_contract():
    answer = Result(seconds=0.2, limit_seconds=0.4, rows=10).as_json()

    assert answer == {
        "seconds": 0.2,
        "limit_seconds": 0.4,
        "ratio": 0.5,
        "growth": None,
        "peak_mb": None,
        "rows": 10,
    }


def test_timings_quantiles():
    timings = Timings([n / 100 for n in range(1, 101)])

    assert (round(timings.p50, 2), round(timings.p95, 2)) == (0.51, 0.96)


@pytest.mark.parametrize("option", ["--rows", "--staff", "--halls"])
@pytest.mark.parametrize("value", ["0", "-1", "abc", "1.5"])
def test_size_that_cannot_be_measured_is_refused_before_anything_is_made(option, value):
    with pytest.raises(CommandError, match="要写 1 以上的整数"):
        call_command("benchmark", "export", f"{option}={value}")
