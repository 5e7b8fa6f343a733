"""The test overlay: the same settings, a directory of its own, and nothing slow for its own sake."""

import atexit
import os
import shutil
import tempfile

SCRATCH = tempfile.mkdtemp(prefix="mingchuang-test-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ.update(SECRET_KEY="only-for-tests-" + "0" * 40, DATA_DIR=SCRATCH, DEBUG="0", HTTPS="0")

from config.settings import *  # noqa: E402, F403  the environment must be set first
from config.settings import DATA_DIR, DATABASES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
API_RATES: dict[str, str] = {}  # a suite asks more in a minute than a hall; tests of limits set their own
AUDIT_ANCHORS = ""  # the scratch directory outlives each test's database
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = None

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads of the live server then have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    # A cluster made under the C locale would otherwise refuse Chinese words.
    DATABASES["default"]["TEST"] = {"CHARSET": "UTF8", "TEMPLATE": "template0"}
