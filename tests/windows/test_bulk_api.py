"""Windows and people, many at once."""

import pytest

from windows.models import Staff, Window

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(client):
    def post(user, url, items):
        client.force_login(user)
        rows = client.post(url, {"items": items}, content_type="application/json").json()["results"]
        return [(row["status"], row.get("problem", {}).get("code")) for row in rows]

    return post


def test_windows(send, manager, department, window):
    new = {"department": department.pk, "name": "窗口", "category": "public_service"}
    items = [{**new, "code": "B01"}, {**new, "code": "A05"}, {**new, "code": "B02", "department": 0}]

    assert send(manager, "/api/v1/windows/bulk/", items) == [
        (201, None),
        (422, "code_taken"),
        (400, "invalid"),
    ]
    assert sorted(Window.objects.values_list("code", flat=True)) == ["A05", "B01"]


def test_people_who_come_and_move(send, manager, department, window):
    new = {"name": "新人", "department": department.pk, "window": window.pk, "day": "2026-11-02"}
    assert send(manager, "/api/v1/people/bulk/", [{**new, "no": "N1"}, {**new, "no": "N1"}]) == [
        (201, None),
        (422, "no_taken"),
    ]

    person = Staff.objects.get(no="N1")
    window_b = Window.objects.create(hall=window.hall, department=department, code="B09", name="乙")
    moves = [{"id": person.pk, "window": window_b.pk, "starts_on": "2026-11-09"}, {"id": 0}]

    assert send(manager, "/api/v1/people/bulk-move/", moves) == [(200, None), (404, "not_found")]
    assert [p.window.code for p in person.postings.order_by("starts_on")] == ["A05", "B09"]


def test_another_hall_adds_nobody_here(send, outsider, department, window):
    items = [{"name": "x", "no": "x", "department": department.pk, "window": window.pk, "day": "2026-11-02"}]

    assert send(outsider, "/api/v1/people/bulk/", items) == [(400, "invalid")]
    assert Staff.objects.filter(no="x").count() == 0
