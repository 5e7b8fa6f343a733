import os

from celery import Celery
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mingchuang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**kwargs):
    """A receiver here stops Celery from replacing the handlers that Django has set up."""


@worker_ready.connect
def catch_up(sender=None, **kwargs):
    """A killed worker or a night without power leaves periods undone: look for them at once."""
    app.send_task("trail.tasks.tick")
