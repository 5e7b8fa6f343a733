"""Every state × everybody × every action: the service, the page and the API answer as the rules say.

The same table is the page docs/记录的一生.md, which shows each change of a rule to whoever reviews it.
"""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.errors import Refused
from tests.factories.violations import record_of
from tests.violations import life as table
from tests.violations.conftest import ROBOT
from violations.enums import NEXT, RecordStatus
from violations.models import Appeal, ConductRecord, Rectification
from violations.services import ledger

pytestmark = pytest.mark.django_db
DOC = Path(settings.BASE_DIR) / "docs" / "记录的一生.md"
REFUSALS = {403, 404, 409, 422}


@pytest.fixture
def people(request, staff, head, colleague):
    return table.cast_of(request)


def signed_in(people):
    """Everybody signed in once."""
    found = {}
    for name, user in people.items():
        found[name] = Client()
        found[name].force_login(user)
    return found


@pytest.fixture
def at_once(life, rules, clock, staff, window, officer):
    """A record in a state whose last step was just taken, so that it can be undone."""

    def make(state):
        if state == "bonus":
            return record_of(rules.thanks, staff=staff, window=window, by=officer)
        record = life(state)
        clock.move_to(record.status_at)
        return record

    return make


def outcome_of(record):
    """What the doors may change: the state, and whether there is an order."""
    status = ConductRecord.objects.values_list("status", flat=True).get(pk=record.pk)
    return status, Rectification.objects.filter(record=record).exists()


class Tried(Exception):
    """Carries the outcome out of the transaction that is taken back."""


def tried(record, act):
    """The outcome of an act, and its answer; everything is taken back."""
    before = outcome_of(record)
    try:
        with transaction.atomic():
            answer = act()
            raise Tried(answer, outcome_of(record) != before)
    except Tried as done:
        return done.args


def by_service(action, record, user):
    def act():
        try:
            with transaction.atomic():
                action.service(ConductRecord.objects.get(pk=record.pk), user)
        except (Refused, Appeal.DoesNotExist):
            return "refused"
        return "done"

    answer, changed = tried(record, act)
    assert (answer == "done") == changed
    return changed


def by_door(client, url, **sent):
    def run(record):
        appeal = record.appeals.values_list("pk", flat=True).first() or 0
        address = url.format(record=record.pk, appeal=appeal)
        answer, changed = tried(record, lambda: client.post(address, **sent).status_code)
        assert (answer in REFUSALS) != changed, (address, answer)
        return changed

    return run


def try_all_doors(record, people):
    """The table of what the rules say, tried cell by cell."""
    expected, clients = table.table_of(record, people), signed_in(people)
    found = {}
    for key, name in expected:
        action, client = table.ACTIONS[key], clients[name]
        page = by_door(client, action.page, data=action.sent)
        api = by_door(client, action.api, data=action.json, content_type="application/json")
        doors = (by_service(action, record, people[name]), page(record), api(record))
        assert len(set(doors)) == 1, (key, name, doors)
        found[key, name] = doors[0]
    assert {cell for cell in found if found[cell]} == {cell for cell in expected if expected[cell]}


@pytest.mark.parametrize("state", table.STATES)
def test_every_door_answers_as_the_rules_say(state, at_once, people):
    try_all_doors(at_once(state), people)


@pytest.mark.parametrize("state", table.STATES)
def test_every_door_knows_who_is_recused(state, at_once, request, staff):
    record = at_once(state)

    try_all_doors(record, table.recused_of(request))


@pytest.mark.parametrize("name", table.RECUSED)
def test_nobody_tied_to_the_case_decides_it(name, at_once, request, staff):
    decisions = {"stated": ("confirm", "dismiss"), "bonus": ("confirm",), "appealed": ("allow", "reject")}
    allowed = set()
    for state, keys in decisions.items():
        with transaction.atomic():
            record = at_once(state)
            may = table.table_of(record, table.recused_of(request))
            allowed |= {key for key in keys if may[key, name]}
            transaction.set_rollback(True)

    assert allowed == ({"confirm", "dismiss"} if name == "confirmer" else set())


@pytest.mark.parametrize("state", RecordStatus)
def test_job_takes_only_what_waits_for_an_answer(state, life):
    record = life(state)

    assert table.may_lapse(record) == (state == "notified")
    with pytest.raises(AttributeError):  # a job has no permissions: no other step is open to it
        ledger.confirm_record(record=record, by=ROBOT)


def test_page_says_what_the_rules_say(at_once, people, rules, request):
    tables, recused = {}, {}
    for state in table.STATES:
        with transaction.atomic():
            record = at_once(state)
            tables[state] = table.table_of(record, people) | {("lapse", "job"): table.may_lapse(record)}
            recused[state] = table.table_of(record, table.recused_of(request))
            transaction.set_rollback(True)
    written = table.page_of(tables) + "\n" + table.recusal_of(recused)
    if os.environ.get("WRITE_PAGES"):
        DOC.write_text(written, encoding="utf-8")

    assert DOC.read_text(encoding="utf-8") == written


def test_every_step_of_the_table_is_open_to_somebody(at_once, people, rules):
    reached = {state: set() for state in RecordStatus}
    for state in table.STATES:
        with transaction.atomic():
            record = at_once(state)
            may = table.table_of(record, people)
            steps = {to for (key, _), yes in may.items() if yes for to in table.ACTIONS[key].leads_to}
            reached[RecordStatus(record.status)] |= steps | ({"lapsed"} if table.may_lapse(record) else set())
            transaction.set_rollback(True)

    assert reached == {state: set(NEXT[state]) for state in RecordStatus}
