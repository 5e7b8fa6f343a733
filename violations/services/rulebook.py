"""Rulebook services: put a version in force, find one, map free words to acts."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.versions import Facts, facts_of, require_unchanged
from trail.actors import Robot, person
from trail.services import audit
from violations.models import Act, ActPhrase, MeasureRule, RulebookVersion
from violations.rule_enums import Counted, MeasureKind, VersionStatus
from violations.tariff import acts_for, version_for

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from accounts.models import Hall, User


# --- versions --------------------------------------------------------------------------------


@transaction.atomic
def put_in_force(*, version: RulebookVersion, by: User | Robot) -> RulebookVersion:
    """生效: from now on the version cannot change; versions it replaces today are marked as retired."""
    if not version.is_draft:
        raise Refused("这一版已经生效。")
    hall = version.rulebook.hall
    version.status, version.in_force_at = VersionStatus.IN_FORCE, timezone.now()
    version.save(update_fields=["status", "in_force_at"])
    if version.effective_on <= timezone.localdate():
        older = RulebookVersion.objects.filter(
            rulebook__hall=hall, status=VersionStatus.IN_FORCE, effective_on__lte=version.effective_on
        )
        for old in older.exclude(pk=version.pk):
            old.status = VersionStatus.RETIRED
            old.save(update_fields=["status"])
    audit.record(
        "rulebook.in_force", target=version, by=by, hall=hall, after={"from": str(version.effective_on)}
    )
    return version


def find_version(hall: Hall, code: str, number: str) -> RulebookVersion | None:
    """The version of this number in the hall's rulebook of this code."""
    return RulebookVersion.objects.filter(rulebook__hall=hall, rulebook__code=code, version=number).first()


def content_hash(canonical: str) -> str:
    """The hash by which two packs that mean the same are known."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def letter_threshold(hall: Hall, day: date | None = None) -> MeasureRule | None:
    """The rule by which bulletins naming a person call for a letter in the hall, None when there is none.

    `threshold` bulletins within `span` (a calendar year); a bulletin counts once however many findings.
    """
    version = version_for(hall, day)
    if version is None:
        return None
    rules = version.measures.filter(kind=MeasureKind.LETTER, counted=Counted.BULLETINS)
    return rules.order_by("threshold").first()


# --- phrases ---------------------------------------------------------------------------------

NUMBER = "{}"
_number = re.compile(r"\d+(?:\.\d+)?")
_punctuation = re.compile(r"[\s,.;:!?、。，；：！？…·\-—_()（）\[\]【】“”‘’\"']+")


def phrase_key(words: str) -> str:
    """Words as they are compared: full and half width, blanks and punctuation make no difference."""
    return _punctuation.sub("", unicodedata.normalize("NFKC", words)).casefold()


class PhraseBook:
    """The phrases that rule a hall, read once and asked for many rows; an unknown phrase is None."""

    def __init__(self, hall: Hall, day: date | None = None) -> None:
        known = {act.pk for act in acts_for(hall, day)}
        rows = ActPhrase.objects.ruling(hall).filter(act__in=known, act__is_active=True)
        self._acts: dict[str, Act] = {}
        for phrase in rows.select_related("act").order_by("hall__path"):
            self._acts[phrase.key] = phrase.act

    def act(self, words: str) -> Act | None:
        """The act these words mean: word for word first, then with numbers left open. Never a guess."""
        key = phrase_key(words)
        if not key:
            return None
        return self._acts.get(key) or self._acts.get(_number.sub(NUMBER, key))


def act_for_phrase(hall: Hall, words: str, day: date | None = None) -> Act | None:
    """The act that free words of a paper ledger mean in the hall; None when the table does not say."""
    return PhraseBook(hall, day).act(words)


@transaction.atomic
def add_phrase(*, hall: Hall, pattern: str, act: Act, by: User) -> ActPhrase:
    """Teach the hall a phrase. Refused when it is empty or already means something."""
    phrase = ActPhrase(hall=hall, act=act, changed_by=by)
    return _write_phrase(phrase, pattern, act, by=by, action="phrase.added")


def phrases_of(hall: Hall) -> list[QuerySet[ActPhrase]]:
    """The phrases of a hall, so that an act about them can be taken back."""
    return [ActPhrase.objects.filter(hall=hall)]


def phrase_facts(phrase: ActPhrase) -> Facts:
    """What the form of a phrase edits, as it is now."""
    return facts_of(phrase, ("pattern", "act"))


@transaction.atomic
def change_phrase(*, phrase: ActPhrase, pattern: str, act: Act, by: User, seen: str = "") -> ActPhrase:
    """Let a phrase mean another act, or be written otherwise.

    Raises ChangedMeanwhile when it is no longer the version `seen`, Refused when it was removed.
    """
    try:
        phrase.refresh_from_db(from_queryset=ActPhrase.objects.select_for_update(of=("self",)))
    except ActPhrase.DoesNotExist:
        raise Refused("这条说法刚被别人删除了。要留下它，请重新添加。", code="phrase_gone") from None
    require_unchanged(phrase_facts(phrase), seen)
    return _write_phrase(phrase, pattern, act, by=by, action="phrase.changed")


@transaction.atomic
def remove_phrase(*, phrase: ActPhrase, by: User) -> None:
    """Forget a phrase; what was imported with it stays as it is."""
    audit.record("phrase.removed", target=phrase, by=by, hall=phrase.hall, before=_phrase_json(phrase))
    phrase.delete()


def _write_phrase(phrase: ActPhrase, pattern: str, act: Act, *, by: User, action: str) -> ActPhrase:
    key = phrase_key(pattern)
    if not key:
        raise Refused("请写说法。", code="phrase_empty", status=422)
    if not phrase.hall.path.startswith(act.rulebook.hall.path):
        raise Refused("这个事项不属于本大厅的制度。", code="other_hall", status=422)
    same = ActPhrase.objects.filter(hall=phrase.hall, key=key, act__rulebook=act.rulebook_id)
    twin = same.exclude(pk=phrase.pk).select_related("act").first()
    if twin is not None:
        raise Refused(f"“{twin.pattern}”已经对应“{twin.act}”，请直接修改那一条。", code="phrase_taken")
    before = _phrase_json(phrase) if phrase.pk else None
    phrase.pattern, phrase.key, phrase.act = pattern.strip()[:120], key[:120], act
    phrase.changed_by, phrase.changed_at = person(by), timezone.now()
    phrase.save()
    audit.record(action, target=phrase, by=by, hall=phrase.hall, before=before, after=_phrase_json(phrase))
    return phrase


def _phrase_json(phrase: ActPhrase) -> dict[str, Any]:
    return {"pattern": phrase.pattern, "act": phrase.act.code}
