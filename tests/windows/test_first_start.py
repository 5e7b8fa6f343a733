"""The first start: no default account, a token from the log opens the setup page once."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Hall, SetupToken, User
from accounts.services import first_start
from trail.models import AuditEntry
from windows.models import ServiceHours

pytestmark = pytest.mark.django_db
PASSWORD = "Right-horse-7"


def typed(**changed):
    token = first_start.setup_token() if "token" not in changed else ""
    return {
        "token": token,
        "name": "青禾区政务服务中心",
        "code": "qinghe",
        "level": "district",
        "person": "高洁",
        "username": "gaojie",
        "new": PASSWORD,
        "again": PASSWORD,
    } | changed


def test_no_account_exists_by_default():
    assert User.objects.count() == 0


def test_token_is_printed_again_after_a_restart():
    lines: list[str] = []
    first_start.announce(lines.append)
    first_start.announce(lines.append)

    assert lines[0] == lines[1]
    assert re.search(r"/setup/ .*设置口令：\S{32}$", lines[0])
    assert lines[0].split("：")[-1] not in SetupToken.objects.get().secret


def test_setup_makes_the_hall_and_its_administrator(client):
    answer = client.post("/setup/", typed())

    user = User.objects.get()
    assert (answer.status_code, answer.url) == (302, "/login/")
    assert (user.username, user.check_password(PASSWORD), user.must_change_password) == (
        "gaojie",
        True,
        False,
    )
    assert (user.roles[0].code, user.home_hall.code) == ("admin", "qinghe")
    assert ServiceHours.objects.filter(hall__code="qinghe").count() == 10
    assert {e.job for e in AuditEntry.objects.all()} == {"setup"}
    signed_in = client.post("/login/", {"username": "gaojie", "password": PASSWORD})
    assert signed_in.url == "/settings/"


def test_token_opens_once(client):
    data = typed()
    client.post("/setup/", data)

    again = client.post("/setup/", data | {"code": "second", "username": "other"})

    assert (again.status_code, client.get("/setup/").status_code) == (404, 404)
    assert (SetupToken.objects.count(), Hall.objects.count(), first_start.setup_token()) == (0, 1, "")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"token": "not-the-token"}, "token"),
        ({"token": ""}, "token"),
        ({"code": "青禾"}, "code"),
        ({"code": "Bad Code"}, "code"),
        ({"name": ""}, "name"),
        ({"level": "moon"}, "level"),
        ({"username": "a b"}, "username"),
        ({"new": "short", "again": "short"}, "new"),
        ({"new": "Qinghe-2026-x", "again": "Qinghe-2026-x"}, "new"),
        ({"new": "GaoJie-2026-x", "again": "GaoJie-2026-x"}, "new"),
        ({"again": "Other-horse-7"}, "again"),
    ],
)
def test_bad_input_makes_nothing_and_keeps_what_was_typed(client, changed, field):
    answer = client.post("/setup/", typed(**changed))

    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert (User.objects.count(), Hall.objects.count()) == (0, 0)
    page = answer.content.decode()
    assert ('value="高洁"' in page, PASSWORD in page) == (True, False)


def test_right_token_still_opens_after_a_wrong_form(client):
    client.post("/setup/", typed(code="Bad Code"))

    assert client.post("/setup/", typed()).status_code == 302


def test_guessing_the_token_is_stopped_at_one_address(client):
    first_start.setup_token()

    answers = [client.post("/setup/", typed(token="wrong")).status_code for _ in range(6)]

    assert answers[-1] == 429


def test_setup_is_closed_where_an_account_exists(client, manager):
    assert client.get("/setup/").status_code == 404
    assert first_start.setup_token() == ""


def test_login_page_of_an_empty_system_leads_to_the_setup(client):
    page = client.get("/", follow=True).content.decode()

    assert ('href="/setup/"' in page, 'name="password"' in page) == (True, True)
    assert reverse("windows:setup") == "/setup/"


# --- create_hall --------------------------------------------------------------------------------


def create(*args, **options):
    out = StringIO()
    call_command("create_hall", *args, stdout=out, **options)
    return out.getvalue()


def test_create_hall_prints_a_first_password_that_must_be_changed():
    said = create("qinghe", "青禾区政务服务中心", admin="gaojie", admin_name="高洁")

    user = User.objects.get(username="gaojie")
    password = re.search(r"初始密码 (\S+?)，", said)[1]
    assert (user.check_password(password), user.must_change_password, user.name) == (True, True, "高洁")
    assert [grant.role for grant in user.grants] == ["admin"]
    assert {e.job for e in AuditEntry.objects.all()} == {"create_hall"}


def test_create_hall_under_another_is_a_township(hall):
    create("liulin", "柳林镇便民服务中心", admin="liu", parent=hall.code)

    made = Hall.objects.get(code="liulin")
    assert (made.parent, made.level, made.path) == (hall, "township", f"/{hall.pk}/{made.pk}/")


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        ("青禾", {}, "大厅代码只用"),
        ("Qing He", {}, "大厅代码只用"),
        ("", {}, "大厅代码只用"),
        ("x" * 41, {}, "大厅代码只用"),
        ("there", {}, "已经有大厅在用"),
        ("new", {"parent": "nowhere"}, "没有代码为“nowhere”的上级大厅"),
        ("new", {"admin": "taken"}, "已经有人用了"),
    ],
)
def test_create_hall_with_bad_input_says_why_and_makes_nothing(code, options, words):
    create("there", "已有的大厅", admin="taken")

    with pytest.raises(CommandError, match=words):
        create(code, "新大厅", **{"admin": "someone", **options})

    assert (Hall.objects.count(), User.objects.count()) == (1, 1)


def test_create_hall_ends_the_setup_token():
    assert first_start.setup_token() != ""

    create("qinghe", "青禾区政务服务中心", admin="gaojie")

    assert first_start.setup_token() == ""
