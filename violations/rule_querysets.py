"""Which rulebook rows a person may see, and the guard that keeps a version in force unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.errors import Refused
from accounts.querysets import NOTHING
from violations.rule_enums import VersionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Hall, User


class RuleFrozen(Refused):
    """已生效的制度不能改: a version in force is what past scores were counted by."""

    code = "rulebook_frozen"

    def __init__(self) -> None:
        super().__init__("这一版制度已经生效，不能修改；请另建新版本，写明施行日期。")


def rules_in_sight(user: User | AnonymousUser, field: str) -> Q:
    """Rows whose hall keeps the rules for a hall of this person: the halls above, the own, those below."""
    scope = NOTHING
    for grant in getattr(user, "grants", []):
        if "rules.read" not in grant.role_class.permissions:
            continue
        above = [int(part) for part in grant.hall.path.split("/") if part]
        scope |= Q(**{f"{field}__in": above})
        if grant.role_class.covers_subtree:
            scope |= Q(**{f"{field}__path__startswith": grant.hall.path})
    return scope


class RulebookQuerySet(models.QuerySet[Any]):
    """Which rulebooks."""

    def visible_to(self, user: User | AnonymousUser) -> RulebookQuerySet:
        """Rulebooks that rule a hall of this person."""
        return self.filter(rules_in_sight(user, "hall"))

    def ruling(self, hall: Hall) -> RulebookQuerySet:
        """Rulebooks of the hall and of the halls above it."""
        return self.filter(hall__in=[int(part) for part in hall.path.split("/") if part])


class RuleQuerySet(models.QuerySet[Any]):
    """Rows of a version: readable like any other, writable only while the version is a draft."""

    def visible_to(self, user: User | AnonymousUser) -> RuleQuerySet:
        """Rows of versions that rule a hall of this person."""
        return self.filter(rules_in_sight(user, f"{self.model.VERSION}__rulebook__hall"))

    def frozen(self) -> RuleQuerySet:
        """Rows of versions that are no draft."""
        return self.exclude(**{f"{self.model.VERSION}__status": VersionStatus.DRAFT})

    def update(self, **changes: Any) -> int:
        """As Django's; refused when a row belongs to a version in force."""
        self._refuse_frozen()
        return super().update(**changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's; refused when a row belongs to a version in force."""
        self._refuse_frozen()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's; refused when a row would join a version in force."""
        rows = list(objs)
        versions = {row.rulebook_version.pk for row in rows}
        if rows:
            rows[0].rulebook_version.refuse_unless_draft(versions)
        return super().bulk_create(rows, *args, **kwargs)

    def _refuse_frozen(self) -> None:
        if self.order_by().frozen().exists():
            raise RuleFrozen


class VersionQuerySet(models.QuerySet[Any]):
    """Which versions."""

    def visible_to(self, user: User | AnonymousUser) -> VersionQuerySet:
        """Versions in force or retired that rule a hall of this person; drafts for who edits rules."""
        drafts = Q(status=VersionStatus.DRAFT)
        seen = rules_in_sight(user, "rulebook__hall")
        editors = NOTHING
        for grant in getattr(user, "grants", []):
            if "rules.edit" in grant.role_class.permissions:
                editors |= Q(rulebook__hall__path__startswith=grant.hall.path)
        return self.filter(seen & (~drafts | editors))

    def dated(self) -> VersionQuerySet:
        """Versions that rule some days: in force, or retired by a later one."""
        return self.exclude(status=VersionStatus.DRAFT)

    def effective_on(self, day: date) -> VersionQuerySet:
        """Versions whose first day has come by `day`, the newest first."""
        return self.dated().filter(effective_on__lte=day).order_by("-effective_on", "-pk")

    def update(self, **changes: Any) -> int:
        """As Django's; refused when a version is no draft."""
        self._refuse_frozen()
        return super().update(**changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's; refused when a version is no draft."""
        self._refuse_frozen()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _refuse_frozen(self) -> None:
        if self.order_by().dated().exists():
            raise RuleFrozen


class ActQuerySet(models.QuerySet[Any]):
    """Which acts."""

    def visible_to(self, user: User | AnonymousUser) -> ActQuerySet:
        """Acts of rulebooks that rule a hall of this person."""
        return self.filter(rules_in_sight(user, "rulebook__hall"))

    def usable(self) -> ActQuerySet:
        """Acts one may still record."""
        return self.filter(is_active=True)

    def about(self, subject: str) -> ActQuerySet:
        """Acts of one kind of subject."""
        return self.filter(subject=subject)


class PhraseQuerySet(models.QuerySet[Any]):
    """Which phrases."""

    def visible_to(self, user: User | AnonymousUser) -> PhraseQuerySet:
        """Phrases kept for a hall of this person, or for a hall above it."""
        return self.filter(rules_in_sight(user, "hall"))

    def ruling(self, hall: Hall) -> PhraseQuerySet:
        """Phrases of the hall and of the halls above it."""
        return self.filter(hall__in=[int(part) for part in hall.path.split("/") if part])
