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
    "/settings/accounts/": "admin",
    "/bulletins/": "manager",
    "/settings/windows/": "manager",
}
"""Lists with filters in the address, and who opens them."""

FORMS = {"/settings/accounts/new/": "admin", "/profile/password/": "manager"}
"""Forms that refuse to be sent empty, and who opens them."""

LIMITS = {"/e/": 40 * 1024, "/patrol/": 90 * 1024}
"""Bytes of HTML, CSS and JS (gzip) by the start of the path; 120 KB for every other page."""
