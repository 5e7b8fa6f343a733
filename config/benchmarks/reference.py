"""The yardstick: a signed-in list of 50 rows and 4 queries, in the frame every page has.

Routed only for the time of a benchmark.
"""

from django.contrib.auth.models import Permission
from django.db import connection
from django.shortcuts import render

from accounts.decorators import allow

ROWS = 50
ADDRESS = "/benchmark/reference/"


@allow()
def reference(request):
    """Session, user, roles, rows. Django's table of permissions has more than 50 rows in any database."""
    permissions = Permission.objects.select_related("content_type").order_by("pk")[:ROWS]
    return render(request, "config/benchmark_reference.html", {"rows": permissions})


class QueryCountMiddleware:
    """Tells the number of statements of each answer in a header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        statements = 0

        def count(execute, sql, params, many, context):
            nonlocal statements
            statements += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response["X-Queries"] = str(statements)
        return response
