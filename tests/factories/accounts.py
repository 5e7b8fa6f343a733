"""Halls and people."""

import factory

from accounts.models import Hall, RoleGrant, User


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
