"""Addresses the browser tests need by name. `test_look.py` finds all pages by itself."""

VARIANTS = [
    ("manager", "/search/?q=A05"),
    ("manager", "/bulletins/{issued}/"),
    ("manager", "/assess/{month}/?kind=staff"),
    ("manager", "/settings/calendar/?year=2027"),
    ("manager", "/findings/?q=不会有的词"),
]
"""Pages that look otherwise with other parameters: who opens them, and the address."""

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
