"""Each list is one thing behind several doors: page, API and file know the same conditions and orders."""

from __future__ import annotations

import pytest

from accounts.sorting import sorts_of
from config.api import router
from tests.addresses import PAGES, opener, signed_in
from tests.sweep_world import build_world
from trail.services.exports import all_exports

WITHOUT_TWIN = {"bulletin-undecided"}
"""Rows of another list behind one number; programs ask that list."""
READERS = ("manager", "admin", "clerk", "supervisor")
TWINS = {kind.key: (path, view) for path, view, _ in router.registry for kind in getattr(view, "kinds", ())}
KINDS = [export.kind for export in all_exports() if export.kind.key not in WITHOUT_TWIN]
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)


@pytest.fixture
def world(request):
    return build_world(request)


@EACH
def test_the_api_knows_the_conditions_and_orders_of_the_page(kind):
    _, view = TWINS[kind.key]

    assert set(kind.filters.base_filters) - set(view.filterset_class.base_filters) == set()
    assert set(kind.sorts) - set(sorts_of(view)) == set()


@EACH
def test_a_condition_means_the_same_at_both_doors(kind):
    _, view = TWINS[kind.key]

    for name, one in kind.filters.base_filters.items():
        other = view.filterset_class.base_filters[name]
        assert (name, other.field_name, type(other)) == (name, one.field_name, type(one))


@pytest.mark.django_db
def test_every_list_page_has_a_name_a_file_and_an_address_to_share(world):
    """Whatever page shows a list was defined as one: a new list page is asked by itself."""
    nameless, seen = [], 0
    for route, _ in PAGES:
        role, url = opener(route, world) or ("", "")
        context = signed_in(role, world).get(url).context if url else None
        listing = context.get("listing") if context else None
        seen += listing is not None
        if listing is not None and not (listing.kind.key and listing.exports and listing.address):
            nameless.append(route)

    assert nameless == []
    assert seen > 15


@pytest.mark.django_db
def test_every_order_of_a_page_works_in_the_api_and_others_are_refused(world):
    wrong = []
    for kind in KINDS:
        path, _ = TWINS[kind.key]
        for sort in [name for key in kind.sorts for name in (key, f"-{key}")]:
            answers = [signed_in(r, world).get(f"/api/v1/{path}/", {"sort": sort}) for r in READERS]
            wrong += [(path, sort)] if 200 not in [answer.status_code for answer in answers] else []
        refused = {signed_in(r, world).get(f"/api/v1/{path}/?sort=secret").status_code for r in READERS}
        wrong += [] if 400 in refused and 200 not in refused else [(path, "secret")]

    assert wrong == []
