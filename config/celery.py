import os

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready

from config import metrics, task_logs  # noqa: F401 - task_logs listens

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mingchuang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**kwargs):
    """A receiver here stops Celery from replacing the handlers that Django has set up."""


@worker_init.connect
def share_counters(**kwargs):
    """Before the pool forks: the counters of all its processes are shown by the web process."""
    metrics.forget_files("worker")
    metrics.keep_in_files("worker")


@worker_ready.connect
def catch_up(sender=None, **kwargs):
    """A killed worker or a night without power leaves periods undone: look for them at once."""
    app.send_task("trail.tasks.tick")
