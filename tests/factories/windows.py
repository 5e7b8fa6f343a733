"""Departments, windows and the people posted there."""

from datetime import date

import factory

from tests.factories.accounts import HallFactory
from windows.enums import Category
from windows.models import Department, Posting, Staff, Window


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    hall = factory.SubFactory(HallFactory)
    name = factory.Sequence(lambda n: f"第{n}局")
    category = Category.PUBLIC_SERVICE


class WindowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Window

    department = factory.SubFactory(DepartmentFactory)
    hall = factory.SelfAttribute("department.hall")
    category = factory.SelfAttribute("department.category")
    code = factory.Sequence(lambda n: f"W{n:03d}")
    name = factory.LazyAttribute(lambda o: f"{o.department.name}窗口")
    floor = "1楼"


class StaffFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Staff

    department = factory.SubFactory(DepartmentFactory)
    hall = factory.SelfAttribute("department.hall")
    no = factory.Sequence(lambda n: f"ZW{n + 1000:04d}")  # the cast has the low numbers
    name = factory.Sequence(lambda n: f"职员{n}")


class PostingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Posting

    window = factory.SubFactory(WindowFactory)
    hall = factory.SelfAttribute("window.hall")
    staff = factory.SubFactory(
        StaffFactory,
        department=factory.SelfAttribute("..window.department"),
        hall=factory.SelfAttribute("..hall"),
    )
    starts_on = date(2026, 1, 1)
