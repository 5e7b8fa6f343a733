"""What every gunicorn of ours has in common: `gunicorn -c python:config.gunicorn_conf config.wsgi`.

There is no access log: config.requests writes one line a request, without the query string.
"""

import gc
import os

from config import metrics
from config.logs import logging_config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

worker_class = "gthread"
threads = 8
control_socket_disable = True
accesslog = None
ALLOCATIONS = 25_000
"""New objects between two looks for garbage; a page of ours makes some ten thousand that go with it."""
logconfig_dict = logging_config(debug=os.environ.get("DEBUG", "0") in ("1", "true", "True"))


def on_starting(server):
    """The counters of the last start begin at nought."""
    metrics.forget_files("web")


def post_worker_init(worker):
    """What is loaded stays for good: the collector need not look at it again with every few pages."""
    from django.urls import get_resolver  # noqa: PLC0415 - Django is up only now

    get_resolver().url_patterns  # noqa: B018 - loads every room's views
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
