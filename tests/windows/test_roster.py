"""窗口公示: the public roster shows what the postings say, and no more than the units allow."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from tests.factories.accounts import person_with
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from windows.absences import forget_absences, register_absences
from windows.models import Staff, Window
from windows.services.people import set_photo
from windows.services.postings import leave_hall, post_staff

pytestmark = pytest.mark.django_db


def photo():
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "navy").save(out, "JPEG")
    return SimpleUploadedFile("me.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def shown(staff, window, manager):
    """Wang Li with a photo at A05, whose duty, pledge and flow are written down."""
    set_photo(staff=staff, upload=photo(), by=manager)
    Window.objects.update(duty="办理不动产登记", pledge="当场办结", flow="取号\n受理\n领证")
    Staff.objects.update(phone="13812345678", attendance_no="77")
    return staff


def page(client, hall, **options):
    response = client.get(f"/hall/{hall.code}/", **options)
    assert response.status_code == 200
    return response.content.decode()


def test_stranger_reads_who_sits_where(client, hall, shown):
    text = page(client, hall)

    assert [
        word in text for word in ("A05", "王丽", "自然资源局", "办理不动产登记", "当场办结", "取号", "领证")
    ] == [True] * 7


def test_nothing_private_is_shown(client, hall, shown):
    text = page(client, hall)

    assert [word in text for word in ("13812345678", "ZW0001", ">77<")] == [False, False, False]


@pytest.mark.parametrize(
    ("switch", "words"),
    [("hides_duty", "办理不动产登记"), ("hides_pledge", "当场办结"), ("hides_photo", "工作照")],
)
def test_department_switches_fields_off(client, hall, shown, department, switch, words):
    before = words in page(client, hall)
    setattr(department, switch, True)
    department.save()

    assert (before, words in page(client, hall), "王丽" in page(client, hall)) == (True, False, True)


def test_closed_and_coming_windows_are_absent(client, hall, shown, department):
    today = timezone.localdate()
    WindowFactory(department=department, code="C01", closed_on=today - timedelta(days=1))
    WindowFactory(department=department, code="C02", opened_on=today + timedelta(days=1))
    WindowFactory(department=department, code="C03", closed_on=today)

    text = page(client, hall)

    assert ["C01" in text, "C02" in text, "C03" in text] == [False, False, True]


def test_move_and_leaving_show_at_once(client, hall, shown, department, manager):
    today = timezone.localdate()
    target = WindowFactory(department=department, code="B09", sort=9)
    post_staff(staff=shown, window=target, starts_on=today, by=manager)
    floors = client.get(f"/hall/{hall.code}/").context["floors"]
    moved = {row.window.code: [p.name for p in row.people] for _, rows in floors for row in rows}

    leave_hall(staff=shown, day=today, by=manager)
    Staff.objects.update(left_on=today - timedelta(days=1))
    shown.postings.filter(window=target).update(
        starts_on=today - timedelta(days=2), ends_on=today - timedelta(days=1)
    )

    assert moved == {"A05": [], "B09": ["王丽"]}
    assert "王丽" not in page(client, hall)


def test_roster_agrees_with_the_postings(client, hall, shown, head, colleague):
    floors = client.get(f"/hall/{hall.code}/").context["floors"]

    people = [(p.name, p.title) for _, rows in floors for row in rows for p in row.people]
    assert people == [("赵磊", "首席代表"), ("王丽", ""), ("孙婷", "")]


def test_who_is_away_is_said_without_why(client, hall, shown):
    register_absences("test", lambda hall, moment: {shown.pk: "病假"})
    try:
        text = page(client, hall)
    finally:
        forget_absences("test")

    assert ("暂不在岗" in text, "病假" in text) == (True, False)


def test_other_halls_are_not_shown(client, hall, shown, other_hall):
    PostingFactory(staff__name="外人甲", window__department__hall=other_hall)

    assert "外人甲" not in page(client, hall)


def test_empty_roster_says_so(client, hall):
    assert "还没有公示的窗口" in page(client, hall)


@pytest.mark.parametrize("is_active", [True, False])
def test_unknown_or_switched_off_hall(client, hall, is_active):
    hall.is_active = is_active
    hall.save()

    assert client.get(f"/hall/{hall.code if not is_active else 'none'}/").status_code == 404


def test_roster_asks_as_often_for_one_as_for_many(client, hall, shown, django_assert_max_num_queries):
    with django_assert_max_num_queries(5) as one:
        client.get(f"/hall/{hall.code}/")
    for _ in range(5):
        PostingFactory(window__department__hall=hall)

    with django_assert_max_num_queries(len(one)):
        client.get(f"/hall/{hall.code}/")


# --- photos -----------------------------------------------------------------------------------


def open_photo(client, staff):
    response = client.get(f"/hall/{staff.hall.code}/photos/{staff.pk}/")
    return response.status_code


def test_photo_is_public_while_the_roster_shows_it(client, shown):
    assert open_photo(client, shown) == 200


def hide(shown):
    shown.department.hides_photo = True
    shown.department.save()


def close_window(shown):
    Window.objects.update(closed_on=date(2026, 1, 1), opened_on=None)


def end_posting(shown):
    shown.postings.update(ends_on=timezone.localdate() - timedelta(days=1))


def switch_off(shown):
    shown.hall.is_active = False
    shown.hall.save()


@pytest.mark.parametrize("change", [hide, close_window, end_posting, switch_off])
def test_photo_is_gone_when_the_roster_shows_it_no_more(client, shown, change):
    change(shown)

    assert open_photo(client, shown) == 404


def test_photo_through_another_hall(client, shown, other_hall):
    assert client.get(f"/hall/{other_hall.code}/photos/{shown.pk}/").status_code == 404


def test_person_without_a_photo(client, staff):
    assert open_photo(client, staff) == 404


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("clerk", 200), ("colleague", 404), ("outsider", 404)]
)
def test_stored_photo_inside(client, request, shown, colleague, who, status):
    shown.refresh_from_db()
    client.force_login(request.getfixturevalue(who))
    if who == "manager":  # the uploader may always open it
        client.force_login(person_with("manager", shown.hall))

    assert client.get(f"/files/{shown.photo_id}/").status_code == status


# --- the code at the window -------------------------------------------------------------------


def test_scan_by_a_citizen_leads_to_the_window_on_the_roster(client, hall, window):
    response = client.get(f"/w/{window.qr_token}/")

    assert response.headers["Location"] == f"/hall/{hall.code}/#w{window.pk}"


def test_scan_by_an_officer_leads_to_the_patrol(client, officer, window):
    client.force_login(officer)

    assert client.get(f"/w/{window.qr_token}/").headers["Location"] == f"/patrol/w/{window.qr_token}/"


def test_scan_of_nothing(client):
    assert client.get("/w/none/").status_code == 404


def test_new_person_without_photo_or_window_words(client, hall, department):
    staff = StaffFactory(department=department, name="钱进")
    PostingFactory(staff=staff, window=WindowFactory(department=department))

    text = page(client, hall)

    assert ("钱进" in text, "<img" in text, "<h4>" in text) == (True, False, False)
