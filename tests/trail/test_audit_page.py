"""操作留痕 for the administrator and the supervision office: found, read in words, and by programs."""

import ast
import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from tests.sweep_world import build_world
from trail.actors import Robot
from trail.audit_presenter import Changed, changes_of
from trail.audit_words import action_choices, action_words, command_words
from trail.models import AuditEntry
from trail.services import audit

DAY = "2026-11-16 10:00+08:00"


@pytest.fixture
def rows(hall, township, other_hall, admin, manager, outsider, window):
    """Five rows of our halls, one of another."""
    with time_machine.travel(DAY):
        audit.record("window.opened", target=window, by=admin, after={"code": "A05", "name": "不动产"})
    audit.record("window.closed", target=window, by=manager, after={"closed_on": "2026-11-20"}, reason="装修")
    audit.record("hall.options", target=hall, by=admin, before={"patrols.afternoon_due": True}, after={})
    audit.record("assessment.scored", target=hall, by=Robot("score_month"))
    audit.record("hall.created", target=township, by=admin)
    audit.record("hall.options", target=other_hall, by=outsider)
    return list(AuditEntry.objects.order_by("pk"))


def labels(client, query):
    listing = client.get(f"/audit/?{query}").context["listing"]
    return (listing.ignored, [row.entry.action for row in listing.rows])


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("", ["hall.created", "assessment.scored", "hall.options", "window.closed", "window.opened"]),
        ("who=周敏", ["window.closed"]),
        ("who=manager", ["window.closed"]),
        ("who=score_month", ["assessment.scored"]),
        ("action=window.closed", ["window.closed"]),
        ("kind=windows.window", ["window.closed", "window.opened"]),
        ("from=2026-11-16&to=2026-11-16", ["window.opened"]),
        ("place=liulin", ["hall.created"]),
        ("q=装修", ["window.closed"]),
        ("q=关闭窗口", ["window.closed"]),
        ("q=关闭 装修", ["window.closed"]),
        ("q=没有的", []),
    ],
)
def test_list_is_narrowed_by_the_address_and_the_api_agrees(client, admin, rows, query, actions):
    client.force_login(admin)

    assert labels(client, query) == ([], actions)
    api = client.get(f"/api/v1/audit/?{query}").json()["results"]
    assert sorted(row["action"] for row in api) == sorted(actions)


def test_target_and_address_narrow_too(client, supervisor, rows, window):
    client.force_login(supervisor)
    AuditEntry(
        hall=window.hall, job="x", address="10.1.2.3", action="window.edited", target_kind="windows.window",
        target_id="x", target_label="x",
    ).save()  # fmt: skip

    assert labels(client, f"kind=windows.window&target={window.pk}")[1] == ["window.closed", "window.opened"]
    assert labels(client, "address=10.1.")[1] == ["window.edited"]
    assert labels(client, "address=10.2.")[1] == []


def test_another_hall_cannot_be_asked_for(client, admin, rows):
    client.force_login(admin)

    assert labels(client, "place=beiyuan")[0] != []
    assert client.get(f"/audit/{rows[-1].pk}/").status_code == 404
    assert client.get("/api/v1/audit/?place=beiyuan").status_code == 400


@pytest.mark.parametrize("role", ["manager", "officer", "leader", "clerk", "head", "unit", "inspector"])
def test_page_is_for_administrator_and_supervision_only(client, request, rows, role):
    client.force_login(request.getfixturevalue(role))

    assert {client.get(url).status_code for url in ("/audit/", f"/audit/{rows[0].pk}/")} == {403}
    assert client.get("/api/v1/audit/").status_code == 403


def test_reading_the_audit_leaves_no_row(client, admin, rows):
    client.force_login(admin)
    before = AuditEntry.objects.count()

    client.get("/audit/")
    client.get(f"/audit/{rows[0].pk}/")
    client.get("/api/v1/audit/")

    assert AuditEntry.objects.count() == before


def test_export_holds_what_is_filtered_in_words_and_is_itself_logged(client, admin, rows):
    client.force_login(admin)

    text = b"".join(client.get("/exports/audit.csv?action=window.closed").streaming_content).decode()

    lines = text.strip().splitlines()
    assert (len(lines), "关闭窗口" in lines[1], "关闭日期：11月20日" in lines[1]) == (2, True, True)
    logged = AuditEntry.objects.get(action="list.exported")
    assert (logged.by, "关闭窗口" in str(logged.after)) == (admin, True)


def test_one_row_shows_its_place_in_the_chain_and_the_way_to_its_target(client, admin, rows, window):
    client.force_login(admin)

    page = client.get(f"/audit/{rows[1].pk}/").content.decode()

    assert f'href="{window.get_absolute_url()}"' in page
    assert ("关闭窗口" in page, "装修" in page, "这一条刚写入" in page) == (True, True, True)


@pytest.mark.parametrize(
    ("action", "kind", "before", "after", "shown"),
    [
        (
            "record.confirmed",
            "violations.conductrecord",
            {"status": "stated"},
            {"status": "confirmed"},
            [Changed("状态", "已陈述，待认定", "已确认")],
        ),
        (
            "hall.options",
            "accounts.hall",
            {"patrols.afternoon_due": True},
            {"patrols.afternoon_due": False},
            [Changed("每天要有下午轮", "是", "否")],
        ),
        ("role.granted", "accounts.user", None, {"role": "unit"}, [Changed("角色", "", "派驻单位联系人")]),
        (
            "window.closed",
            "windows.window",
            None,
            {"closed_on": "2026-11-20"},
            [Changed("关闭日期", "", "11月20日")],
        ),
        (
            "letter.replied",
            "bulletins.letter",
            None,
            {"outcome": "educated"},
            [Changed("处理结果", "", "已批评教育")],
        ),
        (
            "window.services",
            "windows.window",
            {"services": []},
            {"services": ["甲", "乙"]},
            [Changed("事项", "—", "甲、乙")],
        ),
        (
            "attendance.derived",
            "accounts.hall",
            None,
            {"totals": {"late_under_10": 4, "leave_half_days": 0}},
            [Changed("合计", "", "迟到（轻微）：4；请假半天：0")],
        ),
        (
            "run.started",
            "trail.longrun",
            None,
            {"kind": "导入花名册", "params": {"month": None, "dry_run": True}},
            [Changed("种类", "", "导入花名册"), Changed("要求", "", "月份：—；只检查：是")],
        ),
        ("x.y", "no.such", {"odd": {"a": 1}}, None, [Changed("odd", "a：1", "")]),
    ],
)
def test_before_and_after_in_words(hall, action, kind, before, after, shown):
    row = AuditEntry(action=action, target_kind=kind, before=before, after=after)

    assert changes_of(row) == shown


def test_markup_in_a_row_is_text(client, admin, hall):
    row = audit.record("hall.x", target=hall, by=admin, after={"<b>k": "<script>v"}, reason="<img src=x>")
    client.force_login(admin)

    for url in ("/audit/", f"/audit/{row.pk}/"):
        page = client.get(url).content.decode()
        assert ("<script>v" in page, "<img src=x>" in page, "<b>k" in page) == (False, False, False)


# --- every action has words -------------------------------------------------------------------


def recorded_actions():
    """Every literal action in a call of `record(...)`, or handed on as `action=`."""
    for path in Path(settings.BASE_DIR).glob("*/services/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = [keyword.value for keyword in node.keywords if keyword.arg == "action"]
            is_record = getattr(node.func, "attr", getattr(node.func, "id", "")) == "record"
            for value in [*named, *(node.args[:1] if is_record else [])]:
                if isinstance(value, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]+", str(value.value)):
                    yield value.value, path.name


def test_every_action_is_named():
    """A new action gets its words in the `audit_words.py` of its room (`room_words.py` in trail)."""
    assert {pair for pair in recorded_actions() if action_words(pair[0]) == pair[0]} == set()


def commands_that_act():
    """Every literal name of a `Robot(...)` outside the jobs, which have titles."""
    for path in Path(settings.BASE_DIR).glob("*/**/*.py"):
        if path.parts[len(Path(settings.BASE_DIR).parts)] in ("tests", ".venv"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_robot = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Robot"
            if is_robot and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def test_every_command_that_acts_is_named():
    names = {*commands_that_act(), "import_roster", "import_patrols", "import_punches", "import_leave"}

    assert {name for name in names if command_words(name) == name} == set()
    assert "demo" in names


def test_actions_stand_under_the_heading_of_their_room():
    codes = [code for _, actions in action_choices() for code, _ in actions]

    assert (len(codes), len(set(codes))) == (len(codes), len(codes))


# --- nothing secret ---------------------------------------------------------------------------

PRIVATE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|(?:md5|pbkdf2_sha256|argon2)\$")


def told(row):
    return f"{row.target_label} {row.before} {row.after} {row.reason}"


def test_no_row_of_the_whole_world_tells_a_secret(request):
    """Phone and identity numbers, password hashes, tokens, and the addresses of window codes."""
    world = build_world(request)
    secrets = [world["qr_token"]]

    rows = list(AuditEntry.objects.all())

    assert len(rows) > 20
    assert [row.action for row in rows if PRIVATE.search(told(row))] == []
    assert [row.action for row in rows if any(secret in told(row) for secret in secrets)] == []
