"""A hall with the usual hours, for the tests of this room."""

import pytest

from accounts.models import Hall
from tests.factories.attendance import usual_hours


@pytest.fixture
def open_hall(hall) -> Hall:
    """The hall, with service hours."""
    usual_hours(hall)
    return hall
