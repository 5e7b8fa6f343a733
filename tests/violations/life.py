"""The table of a record's life, read off the rules: who may do what in which state, and why he may not.

`enums.NEXT` says which states may follow; the predicates of `violations.permissions` say who may. This module
asks both for one record in each state and a cast of everybody, and puts the answers down as a page.
"""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.factories.accounts import person_with
from tests.factories.windows import PostingFactory, StaffFactory
from trail.actors import Robot
from violations import permissions as rules
from violations.enums import NEXT, RecordStatus
from violations.services import appeals, ledger, rectify

S = RecordStatus
ACTORS = {
    # name: (in Chinese, in English)
    "officer": ("记录人（值班员）", "finder"),
    "second_officer": ("别的值班员", "another officer"),
    "manager": ("认定的管理员", "manager who confirmed"),
    "second_manager": ("别的管理员", "another manager"),
    "head": ("本窗口负责人", "head of the window"),
    "clerk": ("当事人", "clerk concerned"),
    "colleague": ("同窗口人员", "another clerk"),
    "leader": ("领导", "leader"),
    "supervisor": ("纪检监察", "supervisor"),
    "inspector": ("义务监督员", "covert inspector"),
    "unit": ("单位联系人", "unit contact"),
    "admin": ("系统管理员", "administrator"),
    "job": ("系统作业", "job"),
}
STATES = {state: (state.label, state.value) for state in RecordStatus} | {
    "bonus": ("草稿（加分）", "draft of a bonus"),
}


@dataclass(frozen=True)
class Action:
    """One thing people do to a record: by which rule, by which doors, and what it leaves."""

    name: str
    english: str
    rule: object
    service: object
    page: str
    sent: dict = field(default_factory=dict)
    api: str = ""
    json: dict = field(default_factory=dict)
    leads_to: tuple = ()
    subject: str = "record"


def _may_undo(user, record, now):
    last = record.status_changes.order_by("-pk").first()
    return last.by_id == user.pk and not last.is_undo


def _may_decide(user, record, now):
    appeal = record.appeals.standing().undecided().first()
    return appeal is not None and not rules.reviewer_objection(user, appeal)


def _without_time(rule):
    return lambda user, record, now: rule(user, record)


def _decide(record, by, is_allowed):
    appeal = record.appeals.standing().get()
    appeals.decide_appeal(appeal=appeal, by=by, is_allowed=is_allowed, opinion="复核意见")


def _decision(name, english, verdict):
    return Action(
        name,
        english,
        _may_decide,
        lambda record, by: _decide(record, by, verdict == "allow"),
        "/appeals/{appeal}/",
        {"verdict": verdict, "opinion": "复核意见"},
        "/api/v1/appeals/{appeal}/decide/",
        {"verdict": verdict, "opinion": "复核意见"},
        (S.APPEAL_ALLOWED if verdict == "allow" else S.APPEAL_REJECTED,),
    )


PAGE, API = "/findings/{record}/", "/api/v1/findings/{record}/"
WORDS = {"reason": "at_work", "words": "在谈工作"}
ACTIONS = {
    "accept": Action(
        "确认，无异议",
        "accept",
        _without_time(rules.may_answer),
        lambda record, by: ledger.accept_record(record=record, by=by),
        f"{PAGE}answer/",
        {"reply": "accept"},
        f"{API}accept/",
        leads_to=(S.CONFIRMED,),
    ),
    "state": Action(
        "陈述",
        "make a statement",
        _without_time(rules.may_answer),
        lambda record, by: ledger.state_on_record(record=record, by=by, **WORDS),
        f"{PAGE}answer/",
        {"reply": "state", **WORDS},
        f"{API}state/",
        WORDS,
        (S.STATED,),
    ),
    "verify": Action(
        "核实草稿",
        "stand behind a draft",
        _without_time(rules.may_verify),
        lambda record, by: ledger.verify_draft(record=record, by=by),
        f"{PAGE}verify/",
        {},
        f"{API}verify/",
        leads_to=(S.NOTIFIED,),
    ),
    "confirm": Action(
        "认定",
        "confirm",
        _without_time(rules.may_confirm),
        lambda record, by: ledger.confirm_record(record=record, by=by),
        f"{PAGE}decide/",
        {"verdict": "confirm"},
        f"{API}confirm/",
        leads_to=(S.CONFIRMED,),
    ),
    "dismiss": Action(
        "不予认定",
        "dismiss",
        _without_time(rules.may_dismiss),
        lambda record, by: ledger.dismiss_record(record=record, by=by, reason="查明不属实"),
        f"{PAGE}decide/",
        {"verdict": "dismiss", "reason": "查明不属实"},
        f"{API}dismiss/",
        {"reason": "查明不属实"},
        (S.DISMISSED,),
    ),
    "withdraw": Action(
        "撤回",
        "withdraw",
        _without_time(rules.may_withdraw),
        lambda record, by: ledger.withdraw_record(record=record, by=by, reason="记错了"),
        f"{PAGE}withdraw/",
        {"reason": "记错了"},
        f"{API}withdraw/",
        {"reason": "记错了"},
        (S.WITHDRAWN,),
    ),
    "appeal": Action(
        "申诉",
        "appeal",
        rules.may_appeal,
        lambda record, by: appeals.file_appeal(record=record, by=by, words="请复核"),
        f"{PAGE}appeal/",
        {"words": "请复核"},
        f"{API}appeal/",
        {"words": "请复核"},
        (S.APPEALED,),
    ),
    "allow": _decision("裁定申诉成立", "allow the appeal", "allow"),
    "reject": _decision("裁定申诉不成立", "reject the appeal", "reject"),
    "order": Action(
        "下整改",
        "order rectification",
        _without_time(rules.may_order_rectification),
        lambda record, by: rectify.order_rectification(record=record, by=by),
        f"{PAGE}rectify/",
        {},
        f"{API}rectify/",
        subject="rectification",
    ),
    "undo": Action(
        "撤销上一步（10 秒内）",
        "undo the last step within ten seconds",
        _may_undo,
        lambda record, by: ledger.undo_last_step(record=record, by=by),
        f"{PAGE}undo/",
        {},
        f"{API}undo/",
    ),
}
LAPSE = Action("期满计入", "let the time to answer lapse", None, None, "", leads_to=(S.LAPSED,))


def cast_of(request):
    """Everybody of the table by name; the job is nobody."""
    hall = request.getfixturevalue("hall")
    people = {name: request.getfixturevalue(name) for name in ACTORS if name not in ("second_officer", "job")}
    return people | {"second_officer": person_with("officer", hall, username="officer2", name="何静")}


def table_of(record, people):
    """Which of the actions each person may do to the record now, by the rules; both must agree."""
    now = timezone.now()
    may = {}
    for key, action in ACTIONS.items():
        for name, user in people.items():
            may[key, name] = bool(action.rule(user, record, now))
            if may[key, name] and action.leads_to:
                assert set(action.leads_to) <= set(NEXT[record.status]), (record.status, key)
    return may


def may_lapse(record):
    """Whether the job takes the record when its time is over; asked of the job and undone."""
    if record.deadline_at is None:
        return False
    with transaction.atomic():
        lapsed = ledger.lapse_overdue(hall=record.hall, moment=record.deadline_at, by=Robot("lapse"))
        transaction.set_rollback(True)
    return [row.pk for row in lapsed] == [record.pk]


RECUSED = {
    # role and tie at once: the role would allow it, the tie forbids it
    "finder": ("记录人兼管理员", "finder, also a manager"),
    "confirmer": ("认定人", "who confirmed"),
    "double": ("当事人兼管理员", "clerk concerned, also a manager"),
    "own": ("本单位派来的管理员", "a manager sent by the same department"),
    "contact": ("领导兼单位联系人", "a leader, also the department's contact"),
}


def recused_of(request):
    """People whom a tie to the case bars although their role would let them."""
    hall, department, officer, clerk = (
        request.getfixturevalue(name) for name in ("hall", "department", "officer", "clerk")
    )
    own = person_with("manager", hall, username="own", name="单位派来的管理员")
    PostingFactory(
        staff=StaffFactory(department=department, no="ZW0099", name=own.name, user=own),
        window=request.getfixturevalue("window"),
    )
    contact = person_with("leader", hall, username="contact", name="联系人兼领导")
    department.contacts.add(contact)
    for person in (officer, clerk):
        person.role_grants.create(hall=hall, role="manager")
    manager = request.getfixturevalue("manager")
    found = {"finder": officer, "confirmer": manager, "double": clerk, "own": own, "contact": contact}
    return {name: User.objects.get(pk=user.pk) for name, user in found.items()}


# --- the page -------------------------------------------------------------------------------------

HEAD = """# 记录的一生 · The life of a record

<!-- 由规则生成：WRITE_PAGES=1 pytest tests/violations/test_life.py -k page。请改规则，不要改这一页。
     Generated from the rules; change the rules, not this page. -->

一条问题从记下到了结，每一步谁能做、谁不能做。表由程序的规则生成，并逐格在服务、网页、接口上试过。
“可以”之外的格子一律拒绝；没有列出的动作在这个状态谁也不能做。表里的记录是：值班员记、记在有账号的工作人员身上、
由一位大厅管理员认定（当事人确认的，没有认定人）。

What may be done to a record in each state, and by whom. Generated from the rules and tried cell by cell
through services, pages and the API. What is not marked is refused.
"""
RECUSAL = """## 回避 · Recusal

复核申诉的人不是记录人、认定人、申诉人，也不是当事人同单位的人；认定的人不是记录人、核实人、当事人和同单位的人；
没有人能裁定自己的事。下面这些人的角色本来可以，因为和这件事有关而不可以；格子里是他们还可以做的状态。

The reviewer of an appeal is neither finder, confirmer nor appellant, nor of the same department; nobody
decides his own case. These people hold the role and are barred by a tie; the cells name the states left
to them.
"""


def recusal_of(tables):
    """The chapter on recusal: what each tie leaves open, and in which states."""
    lines = [
        "| | " + " | ".join("<br>".join(words) for words in RECUSED.values()) + " |",
        "| --- |" + " --- |" * len(RECUSED),
    ]
    for key, action in ACTIONS.items():
        cells = [
            "、".join(STATES[state][0] for state, may in tables.items() if may[key, name]) or "—"
            for name in RECUSED
        ]
        lines.append(f"| {action.name}<br>{action.english} | {' | '.join(cells)} |")
    return f"{RECUSAL}\n" + "\n".join(lines) + "\n"


def page_of(tables):
    """The page: a chapter a state, a row an action somebody may do, a column each who may do something."""
    parts = [HEAD]
    for state, (chinese, english) in STATES.items():
        may = tables[state]
        status = S.DRAFT if state == "bonus" else state
        parts.append(f"## {chinese} · {english}\n\n{_next_words(status, may)}\n")
        parts.append(_grid(may))
    return "\n".join(parts)


def _next_words(status, may):
    reached = {to for (key, _), yes in may.items() if yes for to in _all_actions()[key].leads_to}
    following = [to for to in NEXT[status] if to in reached]
    if not following:
        return "到此为止，只能看。 Nothing follows."
    chinese = "、".join(f"“{to.label}”" for to in following)
    return f"可以变为：{chinese}。 May become: {', '.join(to.value for to in following)}."


def _all_actions():
    return ACTIONS | {"lapse": LAPSE}


def _grid(may):
    actors = [name for name in ACTORS if any(may.get((key, name)) for key in _all_actions())]
    if not actors:
        return "谁也不能再做什么。 Nobody may do anything.\n"
    lines = [
        "| | " + " | ".join("<br>".join(ACTORS[name]) for name in actors) + " |",
        "| --- |" + " :-: |" * len(actors),
    ]
    for key, action in _all_actions().items():
        cells = [may.get((key, name), False) for name in actors]
        if any(cells):
            marks = " | ".join("可以" if cell else "—" for cell in cells)
            lines.append(f"| {action.name}<br>{action.english} | {marks} |")
    return "\n".join(lines) + "\n"
