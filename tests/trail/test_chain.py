"""The chain of audit rows: every edit, deletion, insertion and reordering is found and named."""

from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from tests.trail.chains import MONDAY, TUESDAY, drop, found, sql, verified
from trail.actors import Robot
from trail.models import AuditDay, AuditEntry, AuditHead, AuditLink
from trail.services import audit, chain
from trail.services.verifying import Walk

# --- what stands ------------------------------------------------------------------------------


def test_each_row_carries_the_hash_of_the_one_before_it(hall, admin, written):
    rows = written(3, hall=hall, by=admin, after={"n": 1.5, "words": "改"}, reason="试")

    links = list(AuditLink.objects.order_by("seq"))
    assert [(link.pk, link.seq) for link in links] == [(rows[0].pk, 1), (rows[1].pk, 2), (rows[2].pk, 3)]
    assert [link.previous for link in links] == ["", links[0].hash, links[1].hash]
    day = AuditDay.objects.get()
    assert (day.hall, day.day, day.count, day.last) == (hall, date(2026, 11, 16), 3, links[2].hash)
    assert found() == []


def test_each_hall_and_day_has_its_own_chain(hall, other_hall, admin, outsider, written):
    written(2, hall=hall, by=admin)
    written(1, hall=other_hall, by=outsider)
    written(2, hall=hall, by=admin, at=TUESDAY)

    days = AuditDay.objects.order_by("hall", "number").values_list("hall__code", "number", "day", "count")
    assert list(days) == [
        ("qinghe", 1, date(2026, 11, 16), 2),
        ("qinghe", 2, date(2026, 11, 17), 2),
        ("beiyuan", 1, date(2026, 11, 16), 1),
    ]
    assert found() == []


def test_rows_of_no_hall_have_a_chain_too(admin, written, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        audit.record("user.seen", target=admin, by=Robot("night"))

    assert list(AuditDay.objects.values_list("hall", "number", "count")) == [(None, 1, 1)]
    assert found() == []


def test_rows_of_a_rolled_back_part_leave_no_gap(hall, admin, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        audit.record("hall.first", target=hall, by=admin)
        with transaction.atomic():
            audit.record("hall.undone", target=hall, by=admin)
            transaction.set_rollback(True)
        audit.record("hall.second", target=hall, by=admin)

    assert list(AuditLink.objects.order_by("seq").values_list("seq", "entry__action")) == [
        (1, "hall.first"),
        (2, "hall.second"),
    ]
    assert found() == []


def test_values_survive_the_database_as_they_were_stamped(hall, admin, written):
    odd = {"whole": 1.0, "huge": 1e16, "tiny": 1.5e-7, "none": None, "list": [1, [2]], "日": "一", "7": True}
    written(1, hall=hall, by=admin, before=odd, after={3: "x", "nested": {"b": 1, "a": 2}})

    assert found() == []


def test_what_a_killed_process_left_is_linked_by_the_tick(hall, admin):
    row = audit.record("hall.seen", target=hall, by=admin)
    walk = Walk()

    assert (list(walk.breaks()), walk.waiting) == ([], 1)
    chain.link_left_behind(since=timezone.now() - timedelta(days=3))
    assert AuditLink.objects.get().entry == row
    assert chain.link_left_behind() == 0


def test_a_clock_put_back_does_not_open_a_sealed_day(hall, admin, written):
    written(1, hall=hall, by=admin)
    with time_machine.travel(TUESDAY, tick=False):
        chain.seal_days(hall.pk, before=date(2026, 11, 17))
    written(1, hall=hall, by=admin, at=MONDAY)

    assert found() == []
    monday = AuditDay.objects.get(day="2026-11-16")
    assert (monday.count, monday.sealed_at is not None) == (1, True)


# --- attacks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "没有理由"),
        ("action", "hall.other"),
        ("address", "10.0.0.9"),
        ("target_label", "别的"),
        ("target_id", "99"),
        ("after", '{"points": -1}'),
        ("at", "2026-11-16 03:00:00"),
        ("job", "somebody"),
        ("stamp", "0" * 80),
    ],
)
def test_edited_row_is_named(hall, admin, written, column, value):
    rows = written(4, hall=hall, by=admin, after={"points": -2}, reason="迟到")

    sql(f"UPDATE trail_auditentry SET {column} = %s WHERE id = %s", value, rows[1].pk)  # noqa: S608

    assert found() == [("changed", "qinghe", "2026-11-16", rows[1].pk)]


def test_row_given_to_another_person_is_named(hall, admin, manager, written):
    rows = written(3, hall=hall, by=admin)

    sql("UPDATE trail_auditentry SET by_id = %s WHERE id = %s", manager.pk, rows[2].pk)

    assert found() == [("changed", "qinghe", "2026-11-16", rows[2].pk)]


def test_deleted_row_is_named(hall, admin, written):
    rows = written(4, hall=hall, by=admin)

    sql("DELETE FROM trail_auditentry WHERE id = %s", rows[1].pk)

    assert found() == [("removed", "qinghe", "2026-11-16", rows[1].pk)]


def test_row_deleted_with_its_link_leaves_a_gap(hall, admin, written):
    rows = written(5, hall=hall, by=admin)

    drop(rows[1], rows[2])

    assert [str(b) for b in Walk().breaks()] == ["留痕 qinghe，2026-11-16：第 2 至 3 条被删除。"]


def test_deleted_last_row_is_noticed(hall, admin, written):
    rows = written(3, hall=hall, by=admin)

    drop(rows[2])

    assert [str(b) for b in Walk().breaks()] == ["留痕 qinghe，2026-11-16：第 3 条被删除。"]


def test_deleted_last_row_with_a_mended_count_is_noticed(hall, admin, written):
    rows = written(3, hall=hall, by=admin)
    last = AuditLink.objects.get(seq=2).hash

    drop(rows[2])
    sql("UPDATE trail_auditday SET count = 2, last = %s", last)

    assert found() == [("seal", "qinghe", "2026-11-16", None)]


def test_gap_closed_by_renumbering_is_noticed(hall, admin, written):
    rows = written(4, hall=hall, by=admin)

    drop(rows[1])
    sql("UPDATE trail_auditlink SET seq = 2 WHERE entry_id = %s", rows[2].pk)
    sql("UPDATE trail_auditlink SET seq = 3 WHERE entry_id = %s", rows[3].pk)

    kinds = {kind for kind, *_ in found()}
    assert kinds == {"changed", "moved", "removed"}


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-17", "2026-11-18"])
def test_whole_day_removed_is_noticed(hall, admin, written, day):
    for at in ("16", "17", "18"):
        rows = written(2, hall=hall, by=admin, at=f"2026-11-{at} 10:00+08:00")
        if day.endswith(at):
            doomed = rows
    with time_machine.travel("2026-11-19 01:00+08:00"):
        chain.seal_days(hall.pk, before=date(2026, 11, 19))

    drop(*doomed)
    sql("DELETE FROM trail_auditday WHERE day = %s", day)

    kinds = [b.kind for b in Walk().breaks()]
    assert kinds[0] == "removed"
    assert "整日被删除" in next(iter(Walk().breaks())).words


def test_removed_day_that_was_open_is_noticed(hall, admin, written):
    rows = written(2, hall=hall, by=admin)

    drop(*rows)
    sql("DELETE FROM trail_auditday")

    assert [str(b) for b in Walk().breaks()] == ["留痕 qinghe：最后 1 个留痕日整日被删除。"]


def test_head_put_down_to_hide_a_removed_day_is_noticed(hall, admin, written):
    written(1, hall=hall, by=admin)
    rows = written(1, hall=hall, by=admin, at=TUESDAY)

    drop(*rows)
    sql("DELETE FROM trail_auditday WHERE number = 2")
    sql("UPDATE trail_audithead SET days = 1")

    assert found() == [("seal", "qinghe", "", None)]


def forged(like, **changes):
    """A row made by hand, with a stamp of the right length."""
    values = {
        name: getattr(like, name)
        for name in ("hall_id", "at", "by_id", "job", "address", "action", "target_kind", "target_id")
    }
    row = AuditEntry(**{**values, "target_label": "x", "stamp": "a" * 80, **changes})
    super(AuditEntry, row).save_base(raw=True, force_insert=True)
    return row


def test_inserted_row_is_named_and_never_linked(hall, admin, written):
    rows = written(2, hall=hall, by=admin)

    row = forged(rows[0])
    chain.link_left_behind()

    assert found() == [("inserted", "qinghe", "2026-11-16", row.pk)]


def test_copy_of_a_genuine_row_is_named(hall, admin, written):
    """A replay: the stamp is ours, but it stands in the chain already."""
    rows = written(2, hall=hall, by=admin)

    names = ("before", "after", "reason", "target_label", "stamp")
    row = forged(rows[0], **{name: getattr(rows[0], name) for name in names})

    assert found() == [("inserted", "qinghe", "2026-11-16", row.pk)]


def test_inserted_row_with_a_forged_link_is_named(hall, admin, written):
    rows = written(2, hall=hall, by=admin)
    day, last = AuditDay.objects.get(), AuditLink.objects.get(seq=2)

    row = forged(rows[0])
    AuditLink.objects.create(entry=row, day=day, seq=3, stamp=row.stamp, previous=last.hash, hash="b" * 64)
    assert found() == [("inserted", "qinghe", "2026-11-16", row.pk)]
    sql("UPDATE trail_auditday SET count = 3, last = %s", "b" * 64)

    assert [kind for kind, *_ in found()] == ["seal", "changed"]


def test_rows_that_changed_places_are_named(hall, admin, written):
    rows = written(4, hall=hall, by=admin)
    a, b = rows[1].pk, rows[2].pk

    for old, new in ((a, -1), (b, a), (-1, b)):
        sql("UPDATE trail_auditentry SET id = %s WHERE id = %s", new, old)

    assert found() == [("moved", "qinghe", "2026-11-16", a), ("moved", "qinghe", "2026-11-16", b)]


def test_links_that_changed_places_are_named(hall, admin, written):
    rows = written(4, hall=hall, by=admin)
    a, b = rows[1].pk, rows[2].pk

    for row, seq in ((a, 99), (b, 2), (a, 3)):
        sql("UPDATE trail_auditlink SET seq = %s WHERE entry_id = %s", seq, row)

    assert found() == [("moved", "qinghe", "2026-11-16", b), ("moved", "qinghe", "2026-11-16", a)]


def test_row_moved_to_another_day_is_named(hall, admin, written):
    written(2, hall=hall, by=admin)
    rows = written(2, hall=hall, by=admin, at=TUESDAY)

    sql("UPDATE trail_auditentry SET at = %s WHERE id = %s", "2026-11-16 02:00:00", rows[0].pk)

    assert found() == [("changed", "qinghe", "2026-11-17", rows[0].pk)]


def test_stamp_made_with_another_key_is_none(hall, admin, written, settings):
    rows = written(1, hall=hall, by=admin)
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 9

    assert {row for *_, row in found()} == {None, rows[0].pk}
    settings.SECRET_KEY_FALLBACKS = [key]
    assert found() == []


# --- the command ------------------------------------------------------------------------------


def test_command_names_what_is_broken_and_fails(hall, admin, written):
    rows = written(3, hall=hall, by=admin)
    before, code = verified()
    assert (code, before["ok"], before["audit"]) == (
        0,
        True,
        {"rows": 3, "days": 1, "waiting": 0, "broken": []},
    )

    sql("UPDATE trail_auditentry SET reason = 'x' WHERE id = %s", rows[1].pk)
    after, code = verified()

    assert (code, after["ok"]) == (1, False)
    assert after["audit"]["broken"] == [
        {
            "kind": "changed",
            "hall": "qinghe",
            "day": "2026-11-16",
            "row": rows[1].pk,
            "words": f"第 2 条（编号 {rows[1].pk}）被改动。",
        }
    ]


def test_since_leaves_older_rows_and_still_checks_all_seals(hall, admin, written):
    old = written(2, hall=hall, by=admin)
    written(2, hall=hall, by=admin, at=TUESDAY)
    sql("UPDATE trail_auditentry SET reason = 'x' WHERE id = %s", old[0].pk)

    assert verified(since=date(2026, 11, 17))[1] == 0
    assert found(since=date(2026, 11, 16)) == [("changed", "qinghe", "2026-11-16", old[0].pk)]
    sql("UPDATE trail_auditday SET count = 1 WHERE day = '2026-11-16'")
    assert verified(since=date(2026, 11, 17))[1] == 1


def test_every_row_broken_hints_at_the_key(hall, admin, written, settings):
    written(2, hall=hall, by=admin)
    settings.SECRET_KEY = "another" * 9

    assert "SECRET_KEY_FALLBACKS" in verified()[0]["problems"][-1]


def test_success_is_told_in_the_words_of_the_hall(hall, admin, written):
    written(2, hall=hall, by=admin)
    out = StringIO()

    call_command("verify_audit", stdout=out)

    names = {"周通报", "反馈函", "月度考核", "操作留痕"}
    told = out.getvalue().partition("：")[2].partition("（")
    assert (set(told[0].split("、")), told[2]) == (names, "2 条，1 个留痕日）。\n")


# --- fields that attack -----------------------------------------------------------------------


def test_fields_cannot_break_out_of_their_line(hall, admin):
    hall.name = "大厅\r\n2026-11-16 admin 删除\x1b[31m\u202e\x00"
    row = audit.record(
        "hall.seen",
        target=hall,
        by=admin,
        before={"na\x00me": "a\ud800b"},
        after={"password": "x", "deep": [{"api_token": "y", "ok": "z"}]},
        reason="一行\n二行\x00\u2028\x1b[2J",
    )

    row.refresh_from_db()
    assert row.target_label == "大厅 2026-11-16 admin 删除[31m"
    assert (row.before, row.reason) == ({"name": "ab"}, "一行\n二行[2J")
    assert row.after == {"password": "（不记录）", "deep": [{"api_token": "（不记录）", "ok": "z"}]}


def test_forged_address_stays_one_short_word(client, hall, admin, manager):
    client.force_login(admin)
    client.get("/audit/", REMOTE_ADDR="10.0.0.1\r\nevil" + "x" * 99)

    assert AuditEntry.objects.filter(address__contains="\n").count() == 0


def test_heads_count_every_day(hall, admin, written):
    written(1, hall=hall, by=admin)
    written(1, hall=hall, by=admin, at=TUESDAY)

    assert AuditHead.objects.get().days == 2
