"""Every ordinary act can be taken back: ten seconds, then with a reason; the audit keeps both.

Acts that cannot be taken back ask first and say what happens: `FINAL`.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ApiToken, RoleGrant, User
from accounts.services import tokens
from accounts.tidying import tidy
from bulletins.models import Bulletin, BulletinItem, Letter
from bulletins.services.drafting import draft_bulletin
from patrols.models import DutyDay, DutySwap
from tests.factories.bulletins import counting_record
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.test_conflict import fields_of
from trail.models import AuditEntry, Notice, UndoStep
from violations.models import Act, ActPhrase
from windows.enums import DayKind
from windows.models import BackupPair, CalendarDay, Department, Posting, ServiceHours, Staff, Window
from windows.services.calendar import set_local_day

pytestmark = pytest.mark.django_db
TODAY = str(timezone.localdate())
NEXT_MONTH = (timezone.localdate().replace(day=28) + timedelta(days=10)).replace(day=1)
LATER = f"{NEXT_MONTH:%Y-%m}"


def state_of(model, **where) -> list[tuple]:
    """All fields of the rows, to be compared before the act and after its undo."""
    names = [f.attname for f in model._meta.concrete_fields if f.attname != "changed_at"]
    return list(model._base_manager.filter(**where).order_by("pk").values_list(*names))


ACTS = {
    # name: (who, where the form is or "", where it is sent, what is sent, which rows it touches)
    "修改窗口": (
        "manager",
        "/windows/{window}/edit/",
        "",
        {"pledge": "当日办结", "services": "抵押"},
        [Window],
    ),
    "停用窗口": ("manager", "", "/windows/{empty}/close/", {"day": TODAY, "reason": "装修"}, [Window]),
    "启用窗口": ("manager", "", "/windows/{closed}/reopen/", {}, [Window]),
    "设负责人": ("manager", "", "/windows/{window}/head/", {"staff": "{staff}"}, [Posting, RoleGrant]),
    "设 AB 岗": (
        "manager",
        "/windows/{window}/backup/",
        "",
        {"primary": "{staff}", "backup": "{other}", "starts_on": TODAY},
        [BackupPair],
    ),
    "修改单位": ("manager", "/settings/departments/{department}/", "", {"name": "自规局"}, [Department]),
    "修改人员": ("manager", "/people/{staff}/edit/", "", {"phone": "13800000001"}, [Staff]),
    "调整窗口": (
        "manager",
        "/people/{staff}/move/",
        "",
        {"window": "{empty}", "starts_on": TODAY},
        [Posting, Staff],
    ),
    "登记离开": (
        "manager",
        "/people/{staff}/leave/",
        "",
        {"kind": "left", "day": TODAY},
        [Posting, Staff, RoleGrant],
    ),
    "服务时间": ("manager", "/settings/hours/", "", {"day0": "09:00-12:00"}, [ServiceHours]),
    "本地安排": (
        "manager",
        "",
        "/settings/calendar/days/new/",
        {"day": "2026-12-09", "kind": "local_off", "name": "停电"},
        [CalendarDay],
    ),
    "撤销本地安排": ("manager", "", "/settings/calendar/days/{local}/drop/", {}, [CalendarDay]),
    "授权": (
        "admin",
        "/settings/accounts/{clerk}/",
        "",
        {"role": "officer", "hall": "{hall}"},
        [RoleGrant],
    ),
    "停止角色": ("admin", "", "/settings/grants/{grant}/end/", {}, [RoleGrant]),
    "停用账号": ("admin", "", "/settings/accounts/{clerk}/switch/", {"is_active": "0"}, [User]),
    "停用令牌": ("admin", "", "/profile/tokens/{token}/revoke/", {}, [ApiToken]),
    "期限与参数": ("admin", "/settings/hall/", "", {"violations__appeal_days": "6"}, []),
    "添加说法": ("manager", "", "/settings/phrases/new/", {"pattern": "新说法", "act": "{act}"}, [ActPhrase]),
    "修改说法": ("manager", "/settings/phrases/{phrase}/", "", {"pattern": "改过的说法"}, [ActPhrase]),
    "删除说法": ("manager", "", "/settings/phrases/{phrase}/remove/", {}, [ActPhrase]),
    "编写通报": ("manager", "/bulletins/{draft}/edit/", "", {"problems": "离岗较多。"}, [Bulletin]),
    "暂不刊登": (
        "manager",
        "",
        "/bulletins/{draft}/items/{item}/hold/",
        {"reason": "待核"},
        [Bulletin, BulletinItem],
    ),
    "通报送签": ("manager", "", "/bulletins/{draft}/submit/", {}, [Bulletin]),
    "反馈函正文": (
        "manager",
        "/letters/{letter}/",
        "/letters/{letter}/write/",
        {"words": "请核实。"},
        [Letter],
    ),
    "生成值班表": (
        "manager",
        "",
        "/duty/draft/",
        {"month": LATER, "kind": "unit", "units": "{department}"},
        [DutyDay],
    ),
    "复制值班表": ("manager", "", "/duty/copy/", {"month": LATER}, [DutyDay]),
    "改一天的值班": ("manager", f"/duty/on/{TODAY}/", "", {"units": "{department}"}, [DutyDay]),
    "值班日志": ("manager", "/duty/{duty}/", "", {"seen": "正常"}, [DutyDay]),
    "请人换班": ("manager", "", "/duty/{duty}/swap/", {"other": "{other_duty}"}, [DutySwap]),
    "答复换班": ("leader", "", "/duty/swaps/{swap}/", {"verdict": "accept"}, [DutyDay, DutySwap]),
    "撤回换班": ("manager", "", "/duty/swaps/{swap}/withdraw/", {}, [DutySwap]),
}


def duties(hall, manager, leader) -> dict[str, int]:
    """The manager and the leader on duty on one day each, and requests to change from both."""
    first, second = NEXT_MONTH + timedelta(days=9), NEXT_MONTH + timedelta(days=10)
    today = DutyDay.objects.create(hall=hall, day=TODAY, kind="manage", user=manager)
    own = DutyDay.objects.create(hall=hall, day=first, kind="manage", user=manager)
    other = DutyDay.objects.create(hall=hall, day=second, kind="manage", user=leader)
    for n in range(5):
        DutyDay.objects.create(hall=hall, day=second + timedelta(days=1 + n), kind="manage", user=leader)
    days = {"giver_day": first, "taker_day": second, "hall": hall, "kind": "manage"}
    own_swap = DutySwap.objects.create(giver=manager, taker=leader, **days)
    return {"duty": today.pk, "own_duty": own.pk, "other_duty": other.pk, "swap": own_swap.pk}


@pytest.fixture
def world(hall, rulebook, admin, manager, department, window, staff, clerk, leader):
    counting_record(hall, since="2026-11-04 10:00", by=manager, staff=staff)
    draft = draft_bulletin(hall=hall, iso_week="2026-W45", by=manager)
    other = StaffFactory(department=department, no="ZW0009", name="孙婷")
    PostingFactory(staff=other, window=window)
    closed = WindowFactory(department=department, code="C01")
    Window.objects.filter(pk=closed.pk).update(closed_on="2026-10-01")
    token = ApiToken.objects.create(
        user=admin, name="取数", prefix="abc", secret_hash="x", scopes=["*:read"], created_by=admin,
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    local = set_local_day(
        hall=hall, day=timezone.localdate(), kind=DayKind.LOCAL_OFF, name="防汛", by=manager
    )
    return {
        **duties(hall, manager, leader),
        "hall": hall.pk,
        "window": window.pk,
        "empty": WindowFactory(department=department, code="E01").pk,
        "closed": closed.pk,
        "staff": staff.pk,
        "other": other.pk,
        "department": department.pk,
        "clerk": clerk.pk,
        "grant": clerk.role_grants.get().pk,
        "token": token.pk,
        "local": local.pk,
        "act": Act.objects.filter(rulebook__hall=hall).first().pk,
        "phrase": ActPhrase.objects.filter(hall=hall).first().pk,
        "draft": draft.pk,
        "item": draft.items.first().pk,
        "letter": Letter.objects.create(
            hall=hall, department=department, staff=staff, year=2026, threshold=3
        ).pk,
    }


def done(client, request, world, name):
    """Do the act; returns the rows before it, a look at the rows, and the address of 撤销."""
    who, page, target, changes, models = ACTS[name]
    client.force_login(request.getfixturevalue(who))
    page, target = page.format(**world), (target or page).format(**world)
    fields = fields_of(client.get(page).content.decode()) if page else {}
    changes = {key: value.format(**world) for key, value in changes.items()}

    def look() -> list:
        hall = request.getfixturevalue("hall")
        hall.refresh_from_db()
        return [hall.settings, *(state_of(model) for model in models)]

    before = look()
    answer = client.post(target, {**fields, **changes}, follow=True)
    found = re.search(r'<form method="post" action="(/undo/\d+/)"', answer.content.decode())
    assert look() != before
    assert found, f"{name}: no 撤销"
    return before, look, found[1]


@pytest.mark.parametrize("name", ACTS)
def test_act_is_taken_back_within_ten_seconds(client, request, world, name):
    before, look, undo = done(client, request, world, name)

    assert client.post(undo).status_code == 302

    assert look() == before
    step = UndoStep.objects.get()
    kept = AuditEntry.objects.filter(action=f"{step.action}.undone").get()
    assert (kept.by, AuditEntry.objects.exclude(pk=kept.pk).filter(by=kept.by).exists()) == (step.by, True)


@pytest.mark.parametrize("name", ["修改窗口", "调整窗口", "授权"])
def test_afterwards_only_with_a_reason(client, request, world, name):
    before, look, undo = done(client, request, world, name)
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        assert client.post(undo).status_code == 422
        assert look() != before
        client.post(undo, {"reason": "改错了"})

    assert look() == before
    assert AuditEntry.objects.filter(action__endswith=".undone").get().reason == "改错了"


def test_not_after_a_week_nor_twice_nor_by_another(client, request, world, second_manager):
    _, _, undo = done(client, request, world, "修改窗口")
    client.force_login(second_manager)
    assert client.post(undo).status_code == 404
    client.force_login(request.getfixturevalue("manager"))
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert client.post(undo, {"reason": "改错了"}).status_code in (302, 409)
    assert UndoStep.objects.get().undone_at is None

    client.force_login(request.getfixturevalue("manager"))
    assert [client.post(undo).status_code for _ in range(2)] == [302, 409]


def test_not_when_somebody_has_changed_it_since(client, request, world, second_manager):
    _, _, undo = done(client, request, world, "修改窗口")
    Window.objects.filter(pk=world["window"]).update(pledge="立等可取")

    assert client.post(undo).status_code == 409
    assert Window.objects.get(pk=world["window"]).pledge == "立等可取"


def test_notice_that_nobody_has_seen_goes_with_it(client, request, world):
    _, _, undo = done(client, request, world, "通报送签")
    assert Notice.objects.filter(key__endswith=":submitted", withdrawn_at=None).exists()

    client.post(undo)

    assert not Notice.objects.filter(key__endswith=":submitted", withdrawn_at=None).exists()


def test_last_changes_are_on_a_page_of_ones_own(client, request, world, second_manager):
    done(client, request, world, "修改窗口")

    assert "修改窗口：A05" in client.get("/undo/").content.decode()
    client.force_login(second_manager)
    assert "最近没有改动" in client.get("/undo/").content.decode()


LAST = {
    # act → the page of the thing, where its last change can be taken back
    "修改窗口": "/windows/{window}/",
    "设 AB 岗": "/windows/{window}/",
    "修改单位": "/settings/departments/{department}/",
    "修改人员": "/people/{staff}/",
    "调整窗口": "/people/{staff}/",
    "服务时间": "/settings/hours/",
    "本地安排": "/settings/calendar/",
    "撤销本地安排": "/settings/calendar/",
    "授权": "/settings/accounts/{clerk}/",
    "停用账号": "/settings/accounts/{clerk}/",
    "期限与参数": "/settings/hall/",
    "修改说法": "/settings/phrases/{phrase}/",
    "删除说法": "/settings/phrases/",
    "编写通报": "/bulletins/{draft}/edit/",
    "通报送签": "/bulletins/{draft}/",
    "反馈函正文": "/letters/{letter}/",
    "生成值班表": "/duty/",
    "改一天的值班": f"/duty/on/{TODAY}/",
    "值班日志": "/duty/{duty}/",
    "答复换班": "/duty/swaps/{swap}/",
}


@pytest.mark.parametrize("name", LAST)
def test_last_change_is_taken_back_from_the_page_of_the_thing(client, request, world, name):
    before, look, undo = done(client, request, world, name)
    page = LAST[name].format(**world)

    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        offered = client.get(page).content.decode()
        assert f'action="{undo}"' in offered
        client.post(undo, {"reason": "改错了"})
        assert f'action="{undo}"' not in client.get(page).content.decode()

    assert look() == before


def test_page_offers_only_ones_own_last_change_that_still_stands(client, request, world, second_manager):
    _, _, undo = done(client, request, world, "修改窗口")
    page = f"/windows/{world['window']}/"
    client.force_login(second_manager)
    assert undo not in client.get(page).content.decode()
    client.post(f"{page}edit/", {**fields_of(client.get(f"{page}edit/").content.decode()), "zone": "东区"})

    client.force_login(request.getfixturevalue("manager"))
    assert "undo-last-h" not in client.get(page).content.decode()


def test_who_has_lost_the_role_takes_nothing_back(client, request, world, hall):
    before, look, undo = done(client, request, world, "停用账号")
    admin = request.getfixturevalue("admin")
    admin.role_grants.update(role="clerk")
    client.force_login(admin)

    assert client.post(undo).status_code == 403
    assert look() != before


def test_steps_go_a_day_after_nobody_can_take_them_back(client, request, world):
    done(client, request, world, "修改窗口")

    with time_machine.travel(timezone.now() + timedelta(days=7, hours=23)):
        assert (tidy()["undo steps"], UndoStep.objects.count()) == (0, 1)
    with time_machine.travel(timezone.now() + timedelta(days=8, hours=1)):
        assert (tidy()["undo steps"], UndoStep.objects.count()) == (1, 0)


API = {
    # name: (who, method, address, what is sent, which rows it touches)
    "窗口": ("manager", "patch", "windows/{window}/", {"pledge": "当日办结"}, [Window]),
    "停用窗口": ("manager", "post", "windows/{empty}/close/", {"day": TODAY, "reason": "装修"}, [Window]),
    "启用窗口": ("manager", "post", "windows/{closed}/reopen/", {}, [Window]),
    "负责人": ("manager", "post", "windows/{window}/head/", {"staff": "{staff}"}, [Posting, RoleGrant]),
    "单位": ("manager", "patch", "departments/{department}/", {"name": "自规局"}, [Department]),
    "人员": ("manager", "patch", "people/{staff}/", {"phone": "13800000001"}, [Staff]),
    "调窗": ("manager", "post", "people/{staff}/move/", {"window": "{empty}", "starts_on": TODAY}, [Posting]),
    "离开": ("manager", "post", "people/{staff}/leave/", {"kind": "left", "day": TODAY}, [Posting, Staff]),
    "本地安排": (
        "manager",
        "post",
        "calendar-days/",
        {"day": "2026-12-09", "kind": "local_off", "name": "停电"},
        [CalendarDay],
    ),
    "撤销本地安排": ("manager", "delete", "calendar-days/{local}/", {}, [CalendarDay]),
    "服务时间": (
        "manager",
        "post",
        "service-hours/week/",
        {"day0": "09:00-17:00", "starts_on": TODAY},
        [ServiceHours],
    ),
    "授权": ("admin", "post", "accounts/{clerk}/grant/", {"role": "officer", "hall": "{code}"}, [RoleGrant]),
    "停用令牌": ("admin", "post", "tokens/{token}/revoke/", {}, [ApiToken]),
    "期限与参数": ("admin", "patch", "halls/{code}/options/", {"violations.appeal_days": 6}, []),
    "说法": ("manager", "delete", "phrases/{phrase}/", {}, [ActPhrase]),
    "暂不刊登": ("manager", "post", "bulletin-items/{item}/hold/", {"reason": "待核"}, [BulletinItem]),
    "送签": ("manager", "post", "bulletins/{draft}/submit/", {}, [Bulletin]),
    "生成值班表": (
        "manager",
        "post",
        "duty-days/draft/",
        {"month": LATER, "kind": "unit", "units": ["{department}"]},
        [DutyDay],
    ),
    "复制值班表": ("manager", "post", "duty-days/copy/", {"month": LATER}, [DutyDay]),
    "改一天的值班": (
        "manager",
        "post",
        "duty-days/set/",
        {"day": TODAY, "manage": [], "lead": [], "units": []},
        [DutyDay],
    ),
    "值班日志": ("manager", "post", "duty-days/{duty}/log/", {"seen": "正常"}, [DutyDay]),
    "请人换班": (
        "manager",
        "post",
        "duty-swaps/",
        {"duty": "{duty}", "other": "{other_duty}"},
        [DutySwap],
    ),
    "答复换班": ("leader", "post", "duty-swaps/{swap}/answer/", {"verdict": "accept"}, [DutyDay, DutySwap]),
    "撤回换班": ("manager", "post", "duty-swaps/{swap}/withdraw/", {}, [DutySwap]),
}


def filled(one, world):
    """The value with the keys of the world in it, also inside a list."""
    if isinstance(one, list):
        return [filled(inner, world) for inner in one]
    return one.format(**world) if isinstance(one, str) else one


@pytest.mark.parametrize("name", API)
def test_what_a_program_changed_is_taken_back_too(client, request, world, hall, name):
    who, method, path, data, models = API[name]
    client.force_login(request.getfixturevalue(who))
    world = {**world, "code": hall.code}
    data = {key: filled(one, world) for key, one in data.items()}

    def look() -> list:
        hall.refresh_from_db()
        return [hall.settings, *(state_of(model) for model in models)]

    before = look()
    act = getattr(client, method)
    answer = act(f"/api/v1/{path.format(**world)}", json.dumps(data), content_type="application/json")
    assert (answer.status_code < 300, look() != before) == (True, True), answer.content

    step = client.get("/api/v1/undo-steps/").json()["results"][0]
    undone = client.post(f"/api/v1/undo-steps/{step['id']}/undo/")

    assert (undone.status_code, look()) == (200, before)


def test_token_takes_back_only_what_it_could_have_changed(client, request, world, manager):
    done(client, request, world, "修改窗口")
    client.logout()
    path = f"/api/v1/undo-steps/{UndoStep.objects.get().pk}/undo/"

    def answer(*scopes: str) -> int:
        end = timezone.now() + timedelta(days=9)
        _, secret = tokens.issue_token(user=manager, name="x", scopes=[*scopes], expires_at=end, by=manager)
        return client.post(path, headers={"Authorization": f"Bearer {secret}"}).status_code

    assert [answer("trail:write"), answer("trail:write", "windows:write")] == [403, 200]


FINAL = {
    "templates/bulletins/sign.html": "签发后不能修改",
    "bulletins/presenters.py": "签发后不能修改，只能另发更正函",
    "templates/assessments/publish.html": "发布后",
}


@pytest.mark.parametrize(("template", "words"), FINAL.items())
def test_what_cannot_be_taken_back_says_so_first(template, words):
    assert words in Path(template).read_text(encoding="utf-8")
