"""Pages of the ledger: the list, one record, and the steps people take on it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import person_with
from tests.factories.violations import draft_of, record_of
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.violations.conftest import NOW, ROBOT
from trail.models import StoredFile
from violations.enums import RecordStatus
from violations.models import ConductRecord
from violations.services.ledger import dismiss_record, state_on_record
from violations.services.rectify import order_rectification, recheck_rectification, submit_rectification
from violations.uses import Use, _finds, register_use

pytestmark = pytest.mark.django_db
LIST = "/findings/"


def url_of(name, record):
    return reverse(f"violations:{name}", args=[record.pk])


def numbers_in(client, user, query=""):
    client.force_login(user)
    return [row.number[-3:] for row in client.get(f"{LIST}?{query}").context["listing"].rows]


# --- the list -------------------------------------------------------------------------------------


def test_list_shows_who_what_and_points(see, record, officer):
    text = see(officer, LIST)

    assert "A05 王丽" in text
    assert "串岗聊天" in text
    assert "−2" in text
    assert "共 1 条，按时间从新到旧" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_list_in_nine_queries_with_any_number_of_rows(
    rows, client, rules, staff, window, officer, manager, django_assert_num_queries
):
    for day in range(rows):
        person = StaffFactory(department=staff.department)
        record_of(rules.talk, staff=person, window=window, by=officer, at=NOW - timedelta(days=day))
    client.force_login(manager)

    with django_assert_num_queries(9):
        assert len(client.get(LIST).context["listing"].rows) == rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["004", "003", "002", "001"]),
        ("q=王丽", ["004", "003", "001"]),
        ("q=WT-20261125-002", ["002"]),
        ("window=A05", ["004", "003", "002", "001"]),
        ("window=Z99", ["004", "003", "002", "001"]),
        ("person=ZW0001", ["004", "003", "001"]),
        ("kind=messy", ["002"]),
        ("kind=bonus", ["003"]),
        ("kind=deduction", ["004", "002", "001"]),
        ("status=notified", ["002"]),
        ("status=open", ["004", "003", "002"]),
        ("status=counting", ["001"]),
        ("status=standing", ["002", "001"]),
        ("status=verify", ["004"]),
        ("status=decide", ["003"]),
        ("status=answer", []),
        ("source=device", ["004"]),
        ("from=2026-11-25", ["004", "003", "002", "001"]),
        ("to=2026-11-24", []),
        ("sort=number", ["001", "002", "003", "004"]),
    ],
)
def test_list_under_conditions(query, found, client, rules, staff, window, life, officer, manager):
    life("confirmed")
    record_of(rules.messy, window=window, by=officer)
    record_of(rules.thanks, staff=staff, by=officer)
    draft_of(rules.late, staff=staff, by=ROBOT, source="device")

    assert numbers_in(client, manager, query) == found


def test_list_by_unit(client, rules, record, staff, officer, manager):
    elsewhere = WindowFactory(department__hall=staff.hall, code="B01")
    record_of(rules.messy, window=elsewhere, by=officer)

    assert numbers_in(client, manager, f"unit={staff.department_id}") == ["001"]


def test_list_is_of_the_chosen_hall(client, rules, record, township, manager):
    desk = WindowFactory(department__hall=township)
    record_of(rules.messy, window=desk, by=manager)

    assert len(numbers_in(client, manager)) == 1
    client.force_login(manager)
    listing = client.get(f"{LIST}?hall=liulin").context["listing"]
    assert [row.window for row in listing.rows] == [desk]
    assert client.get(f"{LIST}?hall=beiyuan").status_code == 404


def test_chips_say_the_condition(client, record, manager):
    client.force_login(manager)

    listing = client.get(f"{LIST}?status=open&kind=talk&window=A05").context["listing"]

    assert [chip.text for chip in listing.chips] == [
        "窗口：A05 不动产登记窗口",
        "事项：串岗聊天",
        "状态：未结",
    ]


def test_empty_list_of_the_office_leads_to_a_patrol(see, officer):
    assert "还没有记过问题" in see(officer, LIST)


def test_filtered_list_names_its_conditions(see, record, officer):
    assert "没有符合条件的问题" in see(officer, f"{LIST}?status=dismissed")


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("manager", 3),
        ("officer", 3),
        ("leader", 3),
        ("supervisor", 3),
        ("clerk", 1),
        ("head", 2),
        ("unit", 2),
        ("colleague", 0),
        ("outsider", 0),
    ],
)
def test_list_by_role(role, seen, client, rules, record, staff, window, officer, request):
    """One own record, one of the window, one draft: each sees what concerns him, nobody outside a draft."""
    record_of(rules.messy, window=window, by=officer)
    draft_of(rules.late, staff=staff, by=ROBOT)

    assert len(numbers_in(client, request.getfixturevalue(role))) == seen


@pytest.mark.parametrize("role", ["admin", "inspector"])
def test_list_is_not_for_everybody(role, see, request):
    text = see(request.getfixturevalue(role), LIST, status=403)

    assert "可以打开" in text


def test_head_of_another_window_sees_nothing(client, record, hall):
    other = WindowFactory(department__hall=hall)
    user = person_with("head", hall)
    PostingFactory(staff=StaffFactory(department=other.department, user=user), window=other, is_head=True)

    assert numbers_in(client, user) == []
    assert client.get(record.get_absolute_url()).status_code == 404


# --- one record -----------------------------------------------------------------------------------


def test_page_shows_evidence_and_rule(see, rules, record, officer):
    text = see(officer, record.get_absolute_url())

    assert "与 A06 交谈约 4 分钟" in text
    assert "第二十条（1）：串岗聊天的，每次-2分。" in text
    assert f'/rules/{rules.version.pk}/#20-1"' in text
    assert "李航" in text


def test_page_of_a_record_without_a_price(see, rules, staff, officer):
    record = record_of(rules.talk, staff=staff, by=officer, at=NOW - timedelta(days=365 * 8))

    assert "不计分" in see(officer, record.get_absolute_url())


def test_page_of_another_hall(see, record, outsider):
    see(outsider, record.get_absolute_url(), status=404)


def test_page_of_a_draft_is_not_shown_to_the_person(see, rules, staff, clerk, head, unit):
    draft = draft_of(rules.late, staff=staff, by=ROBOT)

    for user in (clerk, head, unit):
        see(user, draft.get_absolute_url(), status=404)


def test_page_of_a_dropped_draft_is_not_shown_to_the_person(see, rules, staff, clerk, manager):
    draft = draft_of(rules.late, staff=staff, by=ROBOT)
    dismiss_record(record=draft, by=manager, reason="设备故障")

    see(clerk, draft.get_absolute_url(), status=404)


def test_page_hides_who_went_on_a_covert_visit(see, rules, staff, clerk, manager):
    record = record_of(rules.talk, staff=staff, by=manager, source="covert")

    text = see(clerk, record.get_absolute_url())

    assert "督查（暗访）" in text
    assert "周敏" not in text


def test_page_tells_the_story(see, life, officer):
    text = see(officer, life("appeal_rejected").get_absolute_url())

    story = text[text.index("经过") :]
    told = ("维持原来的认定", "提出申诉", "认定成立", "作了陈述", "记下“串岗聊天”")
    places = [story.index(words) for words in told]
    assert places == sorted(places)
    assert "复核意见" in story


def test_story_tells_of_rectification_and_papers(see, life, officer, head, clock):
    record = life("confirmed")
    order = order_rectification(record=record, by=officer)
    clock.shift(60)
    submit_rectification(rectification=order, by=head, words="已经整理")
    clock.shift(60)
    recheck_rectification(rectification=order, by=officer, is_done=False, words="还有杂物")
    clock.shift(60)
    used = Use("第47期周通报", "/bulletins/47/", timezone.now())
    register_use(lambda records: {r.pk: [used] for r in records})

    text = see(officer, record.get_absolute_url())
    _finds.pop()

    story = text[text.index("经过") :]
    told = (
        "进入第47期周通报",
        "复查没有通过，退回重改",
        "还有杂物",
        "窗口提交了整改，等待复查",
        f"要求整改，编号 {order.number}",
        "认定成立，开始计入",
    )
    places = [story.index(words) for words in told]
    assert places == sorted(places)


def test_page_names_where_the_record_is_used(see, record, officer):
    register_use(lambda records: {r.pk: [Use("第47期周通报", "/bulletins/47/")] for r in records})

    text = see(officer, record.get_absolute_url())
    _finds.pop()

    assert '<a href="/bulletins/47/">第47期周通报</a>' in text


BUTTONS = {
    "answer": "等你确认",
    "verify": "核实，请当事人答复",
    "decide": "提交认定",
    "withdraw": "/withdraw/",
    "appeal": "我要申诉",
    "order": "下整改",
}


@pytest.mark.parametrize(
    ("state", "role", "shown"),
    [
        ("draft", "officer", {"verify"}),
        ("draft", "manager", {"verify", "decide", "withdraw"}),
        ("notified", "clerk", {"answer"}),
        ("notified", "officer", {"withdraw", "order"}),
        ("notified", "manager", {"decide", "withdraw", "order"}),
        ("notified", "head", set()),
        ("notified", "leader", set()),
        ("notified", "supervisor", set()),
        ("stated", "clerk", set()),
        ("stated", "manager", {"decide", "withdraw", "order"}),
        ("stated", "officer", {"withdraw", "order"}),
        ("confirmed", "clerk", {"appeal"}),
        ("confirmed", "manager", {"withdraw", "order"}),
        ("confirmed", "unit", set()),
        ("lapsed", "clerk", {"appeal"}),
        ("appealed", "manager", {"order"}),
        ("appealed", "clerk", set()),
        ("appeal_rejected", "clerk", set()),
        ("appeal_allowed", "manager", set()),
        ("dismissed", "manager", set()),
        ("withdrawn", "manager", set()),
    ],
)
def test_page_shows_only_what_one_may_do(state, role, shown, see, life, request):
    text = see(request.getfixturevalue(role), life(state).get_absolute_url())

    assert {name for name, words in BUTTONS.items() if words in text} == shown


def test_page_says_why_the_finder_may_not_decide(see, rules, staff, clerk, manager):
    record = record_of(rules.talk, staff=staff, by=manager)
    state_on_record(record=record, by=clerk, reason="other", words="没有")

    text = see(manager, record.get_absolute_url())

    assert "记录人回避" in text
    assert "提交认定" not in text


# --- answering ------------------------------------------------------------------------------------


def test_clerk_accepts(send, record, clerk):
    response = send(clerk, url_of("answer", record), reply="accept")

    record.refresh_from_db()
    assert (record.status, response.redirect_chain[0][0]) == ("confirmed", record.get_absolute_url())
    assert f'action="{url_of("undo", record)}"' in response.content.decode()


def test_clerk_states_with_an_attachment(send, record, clerk, photo):
    send(
        clerk,
        url_of("answer", record),
        reply="state",
        reason="at_work",
        words="在核对产权证号",
        files=[photo(), photo("b.jpg")],
    )

    statement = record.statements.get()
    assert (statement.reason, statement.words, statement.files.count()) == ("at_work", "在核对产权证号", 2)


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"reply"}),
        ({"reply": "state"}, {"reason", "words"}),
        ({"reply": "state", "reason": "other", "words": "字" * 501}, {"words"}),
        ({"reply": "state", "reason": "moon", "words": "说明"}, {"reason"}),
    ],
)
def test_answer_with_errors_keeps_what_was_typed(data, errors, send, record, clerk):
    response = send(clerk, url_of("answer", record), **data)

    assert (response.status_code, set(response.context["form"].errors)) == (422, errors)
    assert "有错误" in response.content.decode()
    record.refresh_from_db()
    assert record.status == RecordStatus.NOTIFIED


def test_answer_with_a_file_that_is_no_photo(send, record, clerk):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415 - beside its only use

    fake = SimpleUploadedFile("a.jpg", b"not a photo", content_type="image/jpeg")
    response = send(clerk, url_of("answer", record), reply="state", reason="other", words="见图", files=fake)

    assert response.context["form"].errors["files"] == ["“a.jpg”不是能读的照片，请传 JPG 或 PNG。"]
    record.refresh_from_db()
    assert (record.status, StoredFile.objects.count()) == (RecordStatus.NOTIFIED, 0)


def test_answer_of_somebody_else(send, record, colleague):
    assert send(colleague, url_of("answer", record), reply="accept").status_code == 404


def test_head_may_not_answer_for_his_clerk(send, record, head):
    response = send(head, url_of("answer", record), reply="accept")

    assert (response.status_code, "只有当事人" in response.content.decode()) == (403, True)


# --- deciding -------------------------------------------------------------------------------------


def test_manager_confirms(send, life, manager):
    record = life("stated")

    send(manager, url_of("decide", record), verdict="confirm")

    record.refresh_from_db()
    assert record.status == "confirmed"


def test_dismissing_asks_for_a_reason(send, life, manager):
    record = life("stated")

    response = send(manager, url_of("decide", record), verdict="dismiss")

    assert response.context["form"].errors == {"reason": ["请写不予认定的理由。"]}


def test_second_manager_is_told_who_was_quicker(send, life, manager, second_manager):
    record = life("stated")
    send(manager, url_of("decide", record), verdict="confirm")

    response = send(second_manager, url_of("decide", record), verdict="dismiss", reason="不成立")

    assert response.status_code == 409
    assert "周敏在今天" in response.content.decode()


def test_officer_verifies(send, rules, staff, officer):
    draft = draft_of(rules.late, staff=staff, by=ROBOT)

    send(officer, url_of("verify", draft))

    draft.refresh_from_db()
    assert draft.status == "notified"


def test_officer_withdraws(send, record, officer):
    assert send(officer, url_of("withdraw", record)).status_code == 422
    send(officer, url_of("withdraw", record), reason="认错人了")

    record.refresh_from_db()
    assert (record.status, record.status_changes.last().note) == ("withdrawn", "认错人了")


def test_undo_from_the_toast(send, record, clerk, clock):
    send(clerk, url_of("answer", record), reply="accept")
    clock.shift(5)
    send(clerk, url_of("undo", record))

    record.refresh_from_db()
    assert record.status == "notified"


def test_undo_too_late_says_what_to_do(send, record, clerk, clock):
    send(clerk, url_of("answer", record), reply="accept")
    clock.shift(11)

    response = send(clerk, url_of("undo", record))

    assert (response.status_code, "已经超过 10 秒" in response.content.decode()) == (409, True)


def test_clerk_appeals(send, life, clerk):
    record = life("confirmed")

    send(clerk, url_of("file_appeal", record), words="A06 在办同一件事")

    record.refresh_from_db()
    assert (record.status, record.appeals.get().number) == ("appealed", "SS-20261125-001")


def test_step_of_another_hall(send, record, outsider):
    for name in ("answer", "decide", "verify", "withdraw", "file_appeal", "order_rectification", "undo"):
        response = send(outsider, url_of(name, record), verdict="confirm", reply="accept", reason="x")
        assert response.status_code in (403, 404), name
    assert ConductRecord.objects.get(pk=record.pk).status == "notified"


def test_list_is_called_as_the_menu_of_each_role_calls_it(client, manager, head, clerk, unit):
    seen = {}
    for user in (manager, head, clerk, unit):
        client.force_login(user)
        page = client.get("/findings/")
        entries = [entry for group in page.context["frame"]["menu"] for entry in group["entries"]]
        labels = [entry["title"] for entry in entries if entry["url"].startswith("/findings/")]
        seen[user] = (page.context["heading"], labels)

    assert seen == {
        manager: ("问题台账", ["问题台账"]),
        head: ("本窗口记录", ["本窗口记录"]),
        clerk: ("我的记录", ["我的记录"]),
        unit: ("本单位记录", ["本单位记录"]),
    }
