"""Nothing typed is lost: a session or a check code that had ended, a refusal, saving while writing."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import KeptForm
from accounts.services import kept
from tests.factories.accounts import person_with
from tests.test_conflict import fields_of, text_of
from windows.models import Window

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 1"


@pytest.fixture
def writer(manager):
    manager.set_password(PASSWORD)
    manager.save(update_fields=["password"])
    return manager


def sign_in(client, user, target: str):
    page = client.get(target).content.decode()
    fields = {
        "username": user.username,
        "password": PASSWORD,
        "next": re.search(r'name="next" value="([^"]*)"', page)[1],
        "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1],
    }
    return client.post(target, fields)


def expire(client) -> None:
    del client.cookies["sessionid"]


def typed_and_expired(client, user, path: str, **typed):
    """Open the form, type, lose the session, send."""
    client.force_login(user)
    fields = fields_of(client.get(path).content.decode())
    expire(client)
    return client.post(path, {**fields, **typed}, headers={"Referer": f"http://testserver{path}"})


def test_form_sent_after_the_session_ended_is_back_after_signing_in(writer, window):
    client, path = Client(enforce_csrf_checks=True), f"/windows/{window.pk}/edit/"

    answer = typed_and_expired(client, writer, path, pledge="当日办结", duty="不动产登记")
    back = sign_in(client, writer, answer.headers["Location"])

    assert back.headers["Location"] == path
    page = client.get(path)
    fields = fields_of(page.content.decode())
    assert (fields["pledge"], fields["duty"]) == (["当日办结"], ["不动产登记"])
    assert "还没有提交" in text_of(page)
    assert Window.objects.get(pk=window.pk).pledge == ""
    assert client.post(path, fields).status_code == 302
    assert Window.objects.get(pk=window.pk).pledge == "当日办结"
    assert KeptForm.objects.count() == 0


def test_put_back_form_still_knows_what_it_was_opened_with(writer, second_manager, window):
    client, path = Client(), f"/windows/{window.pk}/edit/"
    answer = typed_and_expired(client, writer, path, pledge="当日办结")
    other = Client()
    other.force_login(second_manager)
    other.post(path, {**fields_of(other.get(path).content.decode()), "pledge": "立等可取"})

    sign_in(client, writer, answer.headers["Location"])
    fields = fields_of(client.get(path).content.decode())

    assert client.post(path, fields).status_code == 409
    assert Window.objects.get(pk=window.pk).pledge == "立等可取"


def test_photos_must_be_chosen_again_and_the_page_says_so(writer, staff):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    client, path = Client(), f"/people/{staff.pk}/edit/"
    answer = typed_and_expired(
        client, writer, path, post="登记岗", photo=SimpleUploadedFile("工作照.jpg", b"x", "image/jpeg")
    )
    sign_in(client, writer, answer.headers["Location"])

    assert "照片、附件（工作照.jpg）带不过来，请重新选择" in text_of(client.get(path))


def test_form_of_another_address_is_shown_to_be_sent_again(writer, window, staff):
    """A button of a page is no form to be filled: what was sent is shown with a button."""
    client = Client()
    page, action = f"/windows/{window.pk}/", f"/windows/{window.pk}/head/"
    answer = client.post(action, {"staff": staff.pk}, headers={"Referer": f"http://testserver{page}"})

    assert sign_in(client, writer, answer.headers["Location"]).headers["Location"] == page
    shown = client.get(page).content.decode()

    assert f'<form method="post" action="{action}">' in shown.split("data-kept")[1]
    assert client.post(action, {"staff": staff.pk}).status_code == 302
    assert staff.postings.get().is_head


def test_somebody_else_finds_nothing_once_it_is_claimed(writer, second_manager, window):
    client, path = Client(), f"/windows/{window.pk}/edit/"
    answer = typed_and_expired(client, writer, path, pledge="当日办结")
    sign_in(client, writer, answer.headers["Location"])
    client.get(path)

    client.force_login(second_manager)

    assert fields_of(client.get(path).content.decode())["pledge"] == [""]


def test_other_pages_show_nothing_of_it(writer, window):
    client, path = Client(), f"/windows/{window.pk}/edit/"
    answer = typed_and_expired(client, writer, path, pledge="当日办结")
    sign_in(client, writer, answer.headers["Location"])

    assert "data-kept" not in client.get("/settings/windows/").content.decode()
    assert "data-kept" in client.get(path).content.decode()


def test_dropped_by_the_person(writer, window):
    client, path = Client(), f"/windows/{window.pk}/edit/"
    answer = typed_and_expired(client, writer, path, pledge="当日办结")
    sign_in(client, writer, answer.headers["Location"])
    client.get(path)

    client.post(f"/drafts/{KeptForm.objects.get().pk}/forget/")

    assert KeptForm.objects.count() == 0
    assert fields_of(client.get(path).content.decode())["pledge"] == [""]


def test_passwords_are_never_kept(client, writer):
    client.post("/profile/password/", {"old": "a", "new": "b", "again": "b"})
    client.post("/settings/accounts/new/", {"username": "x", "password": "y", "api_secret": "z"})

    assert [row.fields for row in KeptForm.objects.all()] == [[["username", "x"]]]


def test_strangers_fill_no_more_than_a_little(client, monkeypatch, window):
    monkeypatch.setattr(kept, "MOST_UNCLAIMED", 3)

    for n in range(6):
        client.post("/findings/new/", {"words": f"{n}"})
    client.post("/findings/new/", {"words": "长" * (kept.LONGEST + 1)})

    assert KeptForm.objects.count() <= 4


def test_old_ones_are_swept_out(client, writer):
    client.post("/findings/new/", {"words": "旧"})
    KeptForm.objects.update(kept_at=timezone.now() - timedelta(hours=3))

    client.post("/findings/new/", {"words": "新"})

    assert [row.shown for row in KeptForm.objects.all()] == [["新"]]


# --- a check code that had ended --------------------------------------------------------------


def test_check_code_that_had_ended_loses_no_text(writer, window):
    client, path = Client(enforce_csrf_checks=True), f"/windows/{window.pk}/edit/"
    client.force_login(writer)
    fields = fields_of(client.get(path).content.decode())
    client.cookies["csrftoken"] = "n" * 32  # signed in again in another tab

    answer = client.post(path, {**fields, "pledge": "当日办结"}, headers={"Origin": "http://testserver"})

    page = answer.content.decode()
    assert (answer.status_code, "当日办结" in page) == (403, True)
    assert client.post(path, fields_of(page), headers={"Origin": "http://testserver"}).status_code == 302
    assert Window.objects.get(pk=window.pk).pledge == "当日办结"


def test_session_and_check_code_both_gone(writer, window):
    client, path = Client(enforce_csrf_checks=True), f"/windows/{window.pk}/edit/"
    client.force_login(writer)
    fields = fields_of(client.get(path).content.decode())
    client.cookies.clear()

    answer = client.post(
        path, {**fields, "pledge": "当日办结"},
        headers={"Origin": "http://testserver", "Referer": f"http://testserver{path}"},
    )  # fmt: skip
    assert sign_in(client, writer, answer.headers["Location"]).headers["Location"] == path

    assert fields_of(client.get(path).content.decode())["pledge"] == ["当日办结"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
def test_form_of_another_site_is_never_offered_for_sending(writer, window, headers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(writer)

    answer = client.post(f"/windows/{window.pk}/close/", {"reason": "伪造的理由"}, headers=headers)

    assert (answer.status_code, "伪造的理由" in answer.content.decode()) == (403, False)
    assert KeptForm.objects.count() == 0


def test_login_page_keeps_nothing(client):
    client = Client(enforce_csrf_checks=True)

    answer = client.post(
        "/login/", {"username": "a", "password": "b"}, headers={"Origin": "http://testserver"}
    )

    assert (answer.status_code, KeptForm.objects.count()) == (403, 0)


# --- a refusal --------------------------------------------------------------------------------


def test_refused_page_shows_what_was_typed(client, hall, rulebook, manager, staff):
    """Two people decide the same record: the second one's reason is not lost."""
    from tests.factories.bulletins import counting_record  # noqa: PLC0415

    record = counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    client.force_login(manager)
    path = f"/bulletins/{_draft(hall, manager).pk}/return/"

    answer = client.post(path, {"reason": "请补充第三段"})

    assert (answer.status_code, "请补充第三段" in answer.content.decode()) == (409, True)
    assert record.pk


def _draft(hall, by):
    from bulletins.services.drafting import draft_bulletin  # noqa: PLC0415

    return draft_bulletin(hall=hall, iso_week="2026-W46", by=by)


# --- saved while writing ----------------------------------------------------------------------


@pytest.fixture
def draft(hall, rulebook, manager):
    return _draft(hall, manager)


def save(client, page: str, words: str, **changes):
    body = {"page": page, "action": page, "fields": [["problems", words], ["password", "x"]]} | changes
    return client.post("/drafts/", json.dumps(body), content_type="application/json")


def test_words_saved_while_writing_are_offered_on_any_desk(client, manager, draft):
    page = f"/bulletins/{draft.pk}/edit/"
    client.force_login(manager)
    save(client, page, "离岗")
    save(client, page, "离岗仍是主要问题。")

    other_desk = Client()
    other_desk.force_login(manager)
    shown = text_of(other_desk.get(page))
    row = KeptForm.objects.get()
    back = other_desk.post(f"/drafts/{row.pk}/restore/")

    assert "有一份没有提交的稿子" in shown
    assert (row.fields, back.headers["Location"]) == ([["problems", "离岗仍是主要问题。"]], page)
    assert fields_of(other_desk.get(page).content.decode())["problems"] == ["离岗仍是主要问题。"]


def test_words_saved_while_writing_go_when_they_are_sent(client, manager, draft):
    page = f"/bulletins/{draft.pk}/edit/"
    client.force_login(manager)
    fields = fields_of(client.get(page).content.decode())
    save(client, page, "离岗")

    client.post(page, {**fields, "problems": "离岗仍是主要问题。"})

    assert KeptForm.objects.count() == 0


@pytest.mark.parametrize("who", ["second_manager", "outsider"])
def test_words_saved_while_writing_are_nobody_elses(client, request, manager, draft, who):
    page = f"/bulletins/{draft.pk}/edit/"
    client.force_login(manager)
    save(client, page, "离岗")
    pk = KeptForm.objects.get().pk

    client.force_login(request.getfixturevalue(who))

    assert [client.post(f"/drafts/{pk}/{act}/").status_code for act in ("restore", "forget")] == [404, 404]
    assert "没有提交的稿子" not in text_of(client.get(page))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"action": "https://evil.example/"}, 400),
        ({"action": "//evil.example/"}, 400),
        ({"fields": "x"}, 400),
        ({"fields": [["problems", "长" * (kept.LONGEST + 1)]]}, 413),
    ],
)
def test_saving_refuses_what_is_no_form_of_ours(client, manager, changes, status):
    client.force_login(manager)

    assert save(client, "/bulletins/1/edit/", "离岗", **changes).status_code == status


def test_letter_text_is_put_back_into_its_form(client, hall, manager, department, staff):
    from bulletins.models import Letter  # noqa: PLC0415

    letter = Letter.objects.create(hall=hall, department=department, staff=staff, year=2026, threshold=3)
    page, action = f"/letters/{letter.pk}/", f"/letters/{letter.pk}/write/"
    client.force_login(manager)
    save(client, page, "", action=action, fields=[["words", "请贵局核实处理。"]])

    client.post(f"/drafts/{KeptForm.objects.get().pk}/restore/")

    shown = client.get(page).content.decode()
    assert fields_of(shown)["words"] == ["请贵局核实处理。"]
    assert "已放回表单" in shown


def test_clerk_may_keep_what_he_writes_too(client, hall):
    client.force_login(person_with("clerk", hall))

    assert save(client, "/me/leave/", "家中有事").status_code == 200
