"""Halls and people."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.models import ApiToken, Hall, RoleGrant, User
from accounts.services.tokens import issue_token


class HallFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Hall

    code = factory.Sequence(lambda n: f"hall-{n}")
    name = factory.Sequence(lambda n: f"第{n}政务服务中心")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"人员{n}")


def person_with(role: str, hall: Hall, **fields: object) -> User:
    """A person who holds `role` in `hall`."""
    user = UserFactory(**fields)
    RoleGrant.objects.create(user=user, hall=hall, role=role)
    return user


def token_of(user: User, scopes: list[str]) -> tuple[ApiToken, str]:
    """A token of the person's own, with its secret."""
    until = timezone.now() + timedelta(days=30)
    return issue_token(user=user, name="对接", scopes=scopes, expires_at=until, by=user)
