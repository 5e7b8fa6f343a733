import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config import metrics  # noqa: E402 - settings must be there first

metrics.keep_in_files("web")

from accounts.services import first_start  # noqa: E402 - models must be loaded first

first_start.announce()
