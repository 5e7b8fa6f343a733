"""The pages each role meets: `test_look.py` opens every one of them. A room adds its own here."""

OFFICE = [
    "/today/",
    "/findings/",
    "/patrol/",
    "/attendance/",
    "/leave/",
    "/voice/",
    "/assess/",
    "/bulletins/",
    "/rectify/",
    "/letters/",
    "/rules/",
]
SELF = ["/profile/", "/profile/password/", "/notices/", "/search/", "/search/?q=A05"]

ROSTER = [
    "/settings/windows/",
    "/settings/windows/new/",
    "/settings/departments/",
    "/settings/departments/new/",
    "/settings/people/",
    "/settings/people/new/",
    "/settings/hours/",
    "/settings/calendar/",
    "/settings/calendar/?year=2027",
    "/settings/calendar/import/",
    "/settings/calendar/days/new/",
    "/settings/import/",
]

PAGES = {
    "manager": [*OFFICE, *SELF, "/appeals/", "/jobs/", *ROSTER],
    "officer": [*OFFICE[:-2], "/findings/new/"],
    "leader": ["/today/", "/bulletins/", "/assess/", "/rectify/", "/letters/", "/appeals/"],
    "head": ["/window/", "/me/", "/rectify/", "/bulletins/"],
    "clerk": ["/me/", "/me/attendance/", "/me/leave/", "/bulletins/", "/assess/", "/rules/"],
    "supervisor": ["/audit/", "/findings/", "/letters/"],
    "unit": ["/unit/", "/letters/", "/bulletins/"],
    "admin": [
        "/settings/",
        "/settings/hall/",
        "/settings/accounts/",
        "/settings/accounts/new/",
        "/profile/tokens/",
    ],
}
"""By role of the fixed cast. A path asked twice is looked at once."""

PUBLIC = ["/login/", "/honour/qinghe/", "/hall/qinghe/"]
"""Open to strangers."""

LISTS = {
    "/findings/": "manager",
    "/patrol/": "manager",
    "/appeals/": "manager",
    "/rectify/": "manager",
    "/bulletins/": "manager",
    "/letters/": "manager",
    "/settings/windows/": "manager",
    "/settings/people/": "manager",
    "/settings/accounts/": "admin",
}
"""Lists with a search in the address, and who opens them."""

DETAILS = [
    "/findings/{record}/",
    "/appeals/{appeal}/",
    "/rectify/{rectification}/",
    "/bulletins/{issued}/",
    "/bulletins/{bulletin}/edit/",
    "/letters/{letter}/",
    "/patrol/{round}/done/",
    "/assess/{month}/",
    "/assess/{month}/?kind=staff",
    "/assess/{month}/windows/{window_code}/",
    "/assess/{month}/people/{staff}/",
    "/attendance/{staff}/",
    "/rules/{version}/",
    "/windows/{window}/",
    "/people/{staff}/",
]
"""Pages about one thing of `tests.sweep_world`, as the manager opens them."""

NUMBERS = {
    "/assess/{month}/": "manager",
    "/assess/{month}/?kind=staff": "manager",
    "/assess/{month}/windows/{window_code}/": "manager",
    "/assess/{month}/people/{staff}/": "manager",
    "/me/score/{month}/": "clerk",
    "/bulletins/{issued}/": "leader",
}
"""Rankings, score sheets and bulletins: each number that is not 0 leads to its evidence."""

FORMS = {"/settings/accounts/new/": "admin", "/profile/password/": "manager"}
"""Forms that refuse to be sent empty, and who opens them."""

LIMITS = {"/e/": 40 * 1024, "/patrol/": 90 * 1024}
"""Bytes of HTML, CSS and JS (gzip) by the start of the path; 120 KB for every other page."""
