"""One act on many rows: each has its own result."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework import exceptions as rest

from accounts.bulk import MOST_ITEMS, rows_by_key, run_each
from accounts.errors import NotPermitted, Refused
from accounts.models import Hall
from tests.factories.accounts import HallFactory

pytestmark = pytest.mark.django_db


def test_one_refusal_does_not_stop_the_others():
    def act(row):
        if row == "b":
            raise NotPermitted("不行")
        return row.upper()

    result = run_each([1, 2, 3], {1: "a", 2: "b", 3: "c"}, act)

    assert [(i.ok, i.outcome, i.code, i.message, i.status) for i in result.items] == [
        (True, "A", "", "", 200),
        (False, None, "not_permitted", "不行", 403),
        (True, "C", "", "", 200),
    ]
    assert result.words == "成功 2 条，未办 1 条"


def test_nothing_of_a_refused_row_stays():
    halls = [HallFactory(name="甲"), HallFactory(name="乙")]

    def act(hall):
        Hall.objects.filter(pk=hall.pk).update(name="改过")
        if hall == halls[1]:
            raise Refused("回头")

    keys = [str(hall.pk) for hall in halls]
    run_each(keys, rows_by_key(keys, Hall.objects.all()), act)

    names = [Hall.objects.get(pk=hall.pk).name for hall in halls]
    assert names == ["改过", "乙"]


def test_a_key_out_of_sight_is_not_found_like_nonsense():
    hall = HallFactory()
    keys = [str(hall.pk), "999999999", "x", "9" * 40]

    result = run_each(keys, rows_by_key(keys, Hall.objects.all()), lambda row: row)

    assert [item.code for item in result.items] == ["", "not_found", "not_found", "not_found"]


def test_rows_are_fetched_in_one_query(django_assert_num_queries):
    keys = [hall.pk for hall in HallFactory.create_batch(3)]

    with django_assert_num_queries(1):
        assert list(rows_by_key(keys, Hall.objects.all())) == keys


@pytest.mark.parametrize(
    ("raised", "code", "message", "fields"),
    [
        (ValidationError({"reason": ["请写理由"]}), "invalid", "请写理由", {"reason": ["请写理由"]}),
        (rest.ValidationError({"reason": ["请写理由"]}), "invalid", "请写理由", {"reason": ["请写理由"]}),
        (Hall.DoesNotExist(), "not_found", "没有这一条，或者你无权查看。", {}),
        (ZeroDivisionError(), "error", "系统出错，这一条没有办成，请稍后单独再试。", {}),
    ],
)
def test_every_failure_of_a_row_has_code_and_words(raised, code, message, fields):
    def act(row):
        raise raised

    (item,) = run_each([1], {1: "a"}, act).items

    assert (item.ok, item.code, item.message, dict(item.fields)) == (False, code, message, fields)


def test_a_key_named_twice_is_done_once():
    seen = []
    run_each([1, 1, 2], {1: "a", 2: "b"}, seen.append)
    assert seen == ["a", "b"]


@pytest.mark.parametrize(("keys", "code"), [([], "no_items"), (range(MOST_ITEMS + 1), "too_many_items")])
def test_none_and_too_many_are_refused_as_a_whole(keys, code):
    with pytest.raises(Refused) as refused:
        run_each(keys, {}, str)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_an_outer_transaction_survives_a_broken_row():
    with transaction.atomic():
        run_each([1], {1: "a"}, lambda row: Hall.objects.create(code=None))
        assert Hall.objects.count() == 0
