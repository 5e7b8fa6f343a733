"""The list machinery, on halls as rows."""

import django_filters
import pytest
from django.http import QueryDict
from django.test import RequestFactory

from accounts.enums import HallLevel
from accounts.list_filters import ListFilters
from accounts.lists import ListKind, Sort, by_time, changed_url, list_page
from accounts.models import Hall, User
from tests.factories.accounts import HallFactory, UserFactory

pytestmark = pytest.mark.django_db
SORTS = {"name": Sort("名称", "name"), "code": Sort("代码", ("code", "name"))}


class HallFilters(ListFilters):
    search = ("name", "code")
    level = django_filters.ChoiceFilter(label="层级", choices=HallLevel.choices)
    parent = django_filters.ModelChoiceFilter(label="上级", queryset=Hall.objects.all(), to_field_name="code")
    is_active = django_filters.BooleanFilter(label="启用")


class UserFilters(ListFilters):
    period = "created_at"


HALLS = ListKind("halls", SORTS, "name", HallFilters, noun="大厅", todo={"level": ("township",)})


def ask(path="", **kwargs):
    request = RequestFactory().get(f"/halls/?{path}")
    kwargs.setdefault("sorts", SORTS)
    kwargs.setdefault("default_sort", "name")
    return list_page(request, Hall.objects.all(), HallFilters, **kwargs)


@pytest.fixture
def halls():
    return [HallFactory(name=f"大厅{n}", code=f"h{n}") for n in range(1, 6)]


def test_rows_without_conditions(halls):
    page = ask()

    assert [h.code for h in page.rows] == ["h1", "h2", "h3", "h4", "h5"]
    assert page.summary == "共 5 条，按名称从低到高"
    assert page.chips == []


def test_search_takes_every_word(halls):
    assert [h.code for h in ask("q=大厅 h3").rows] == ["h3"]
    assert ask("q=大厅 h9").rows == []


def test_chip_says_condition_and_removes_only_itself(halls):
    page = ask("q=大厅&level=district&sort=-code&page=2")

    assert [chip.text for chip in page.chips] == ["关键词：大厅", "层级：区县中心"]
    assert QueryDict(page.chips[1].remove_url[1:]).dict() == {"q": "大厅", "sort": "-code"}
    assert QueryDict(page.clear_url[1:]).dict() == {"sort": "-code"}


def test_chip_of_related_row_names_it(halls):
    child = HallFactory(parent=halls[0], name="乡镇", code="t1")

    page = ask("parent=h1")

    assert page.rows == [child]
    assert [chip.text for chip in page.chips] == ["上级：大厅1"]


def test_nonsense_is_left_out_with_a_note(halls):
    page = ask("level=moon&q=h3&sort=secret&page=abc")

    assert [h.code for h in page.rows] == ["h3"]
    assert page.ignored == [
        "条件“层级：moon”看不懂，已略去。",
        "没有“secret”这种排序，已按默认排序。",
    ]
    assert [chip.text for chip in page.chips] == ["关键词：h3"]


@pytest.mark.parametrize(
    ("query", "is_todo", "kind"),
    [("", False, "nothing"), ("", True, "done"), ("q=x", True, "filtered")],
)
def test_empty_kind(query, is_todo, kind):
    assert ask(query, is_todo=is_todo).empty_kind == kind


def test_sort_link_turns_round_and_starts_at_page_one(halls):
    page = ask("sort=-code&page=1&q=大厅")

    assert [h.code for h in page.rows][:2] == ["h5", "h4"]
    assert page.sorts["code"].direction == "descending"
    assert QueryDict(page.sorts["code"].url[1:]).dict() == {"sort": "code", "q": "大厅"}
    assert page.sorts["name"].direction == ""


def test_order_is_stable_for_equal_values():
    made = [HallFactory(name="同名", code=f"same-{n}") for n in range(4)]

    assert ask().rows == sorted(made, key=lambda hall: hall.pk)
    assert ask("sort=-name").rows == sorted(made, key=lambda hall: -hall.pk)


def test_pager_and_page_size(halls):
    for n in range(6, 46):
        HallFactory(name=f"大厅{n:02}", code=f"h{n}")

    page = ask("size=20&page=2")

    assert (page.total, len(page.rows)) == (45, 20)
    assert [(p.number, p.current) for p in page.pages] == [(1, False), (2, True), (3, False)]
    assert QueryDict(page.next_url[1:]).dict() == {"size": "20", "page": "3"}
    assert QueryDict(page.previous_url[1:]).dict() == {"size": "20"}
    assert len(ask("size=7").rows) == 20
    assert ask("page=99").page.number == 3


@pytest.mark.parametrize("count", [1, 3, 30])
def test_queries_do_not_grow_with_rows(count, django_assert_num_queries):
    HallFactory.create_batch(count)
    page_of = ask

    with django_assert_num_queries(2):
        page = page_of("level=district")
        assert page.rows
        assert page.summary
        assert page.chips


def test_period_covers_both_days_in_hall_time():
    early, late = UserFactory(), UserFactory()
    User.objects.filter(pk=early.pk).update(created_at="2026-11-22T23:59:00+08:00")
    User.objects.filter(pk=late.pk).update(created_at="2026-11-23T00:00:00+08:00")
    sorts = {"at": by_time("时间", "created_at")}

    def found(query):
        request = RequestFactory().get(f"/?{query}")
        page = list_page(request, User.objects.all(), UserFilters, sorts=sorts, default_sort="-at")
        return [user.pk for user in page.rows], [chip.text for chip in page.chips]

    assert found("to=2026-11-22") == ([early.pk], ["11月22日止"])
    assert found("from=2026-11-23") == ([late.pk], ["11月23日起"])
    assert found("from=2026-11-22&to=2026-11-23")[0] == [late.pk, early.pk]


def test_export_takes_the_same_rows_and_never_more(halls):
    page = HALLS.page(
        RequestFactory().get("/halls/?q=h2&page=3&size=50&level=moon&sort=code"), Hall.objects.all()
    )

    assert [h.code for h in page.chosen.rows] == ["h2"]
    assert page.query_string == "q=h2&sort=code"


def test_list_without_registered_columns_offers_no_file(halls):
    assert ask("q=h2").exports == []


def test_address_to_share_names_the_hall_and_no_page(halls):
    request = RequestFactory().get("/halls/?q=h2&page=3")
    request._hall = halls[1]

    assert HALLS.page(request, Hall.objects.all()).address == "http://testserver/halls/?q=h2&hall=h2"


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("level=township", "done"),
        ("level=city", "filtered"),
        ("level=township&q=x", "filtered"),
        ("", "nothing"),
    ],
)
def test_what_waits_for_me_is_done_and_not_filtered_out(query, kind):
    assert HALLS.page(RequestFactory().get(f"/halls/?{query}"), Hall.objects.none()).empty_kind == kind


def test_every_order_is_offered_in_words(halls):
    choices = ask("sort=-code").sort_choices

    assert [(c.text, c.current) for c in choices] == [
        ("按名称从低到高", False),
        ("按名称从高到低", False),
        ("按代码从低到高", False),
        ("按代码从高到低", True),
    ]


def test_fixed_parameter_is_no_condition(halls):
    page = ask("level=district&q=h1", fixed=("level",))

    assert [chip.text for chip in page.chips] == ["关键词：h1"]
    assert page.kept == [("level", "district")]


def test_changed_url_removes_and_sets():
    assert changed_url(QueryDict("a=1&b=2&page=4"), a=None, c="3") == "?b=2&c=3"
