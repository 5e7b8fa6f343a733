"""Settings from the environment; everything a hall may change itself lives in the database instead."""

import re
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.kept import kept_or_new
from config.logs import configure, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
RATE = re.compile(r"[1-9]\d*/(second|minute|hour|day)")

# --- what the environment decides -------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var").resolve()
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")
REDIS_URL = env.str("REDIS_URL", default="")
# Production is HTTPS. HTTPS=0 is for a hall whose intranet has no certificate yet.
HTTPS = env.bool("HTTPS", default=not DEBUG)
# How many reverse proxies stand in front: 0 means nobody's X-Forwarded-* header is believed.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)
# Who may read /metrics: whoever shows the token, or asks from one of these networks. Nobody by default.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_FROM = env.list("METRICS_FROM", default=[])

SECRET_KEY = env.str("SECRET_KEY", default="") or (
    kept_or_new(DATA_DIR / "secret_key", length=50) if DEBUG else ""
)
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "没有设置 SECRET_KEY（用于会话签名和加密的密钥）。\n"
        "  正式部署：把一串至少 50 个字符的随机字符放进环境变量 SECRET_KEY，例如\n"
        "    export SECRET_KEY=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')\"\n"
        "  本机试用：运行 make run，或在命令前加 DEBUG=1，系统会自己生成并保存密钥。\n"
        "(SECRET_KEY is not set: put a long random string into the environment, or use `make run`.)"
    )

# What the stamps of audit rows are made with; without it a key is derived from SECRET_KEY. A change of
# either makes old rows look forged: the old SECRET_KEY then belongs into SECRET_KEY_FALLBACKS.
AUDIT_KEY = env.str("AUDIT_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Each night's seals, kept outside the database so that one put back in time is noticed ("" keeps none).
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", default="" if DEBUG else str(DATA_DIR / "audit" / "anchors.jsonl"))
AUDIT_ARCHIVE = DATA_DIR / "audit" / "archive"

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else ["localhost", "127.0.0.1", "[::1]"])

# --- applications -----------------------------------------------------------------------------

ROOMS = [
    "bulletins",
    "assessments",
    "attendance",
    "patrols",
    "complaints",
    "violations",
    "windows",
    "trail",
    "accounts",
]

INSTALLED_APPS = [
    "config",
    *ROOMS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "config.requests.RequestMiddleware",  # outermost: it times and names all that follows
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.ProblemMiddleware",
    "accounts.middleware.AddressLimitMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "trail.middleware.OriginMiddleware",
    "accounts.memo.MemoMiddleware",
    "accounts.middleware.AccountStateMiddleware",
    "accounts.kept_middleware.KeptFormMiddleware",
    "accounts.middleware.RefusalMiddleware",
]

# Set only by `manage.py benchmark` for the server it starts.
BENCHMARK = env.bool("BENCHMARK", default=False)
if BENCHMARK:
    MIDDLEWARE.insert(0, "config.benchmarks.reference.QueryCountMiddleware")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database ---------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Without these four, more than half of concurrent writes fail with "database is locked".
    # IMMEDIATE rules out ATOMIC_REQUESTS: each GET would take the write lock.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-20000;PRAGMA mmap_size=134217728;"
        ),
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # Room for the counters of the API's limits, or an attack from many addresses would empty them.
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- who signs in -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthAndKinds"},
    {"NAME": "accounts.passwords.NoRuns"},
    {"NAME": "accounts.passwords.NotOneself"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

SESSION_ENGINE = "accounts.session_store"  # rows that know their device, and end when idle
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # but for a remembered phone
IDLE_MINUTES = 30  # where no hall says otherwise
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- what a browser may do --------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
CSRF_FAILURE_VIEW = "accounts.kept_views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if HTTPS else None
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked on the machine itself, before any proxy
# W021: a hall's name is not for the preload lists that browsers are shipped with.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# A phone photo is under 12 MB; larger bodies are a mistake or an attack.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# --- words, time and files --------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
FORMAT_MODULE_PATH = ["config.formats"]  # what browsers send from date fields comes first
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
# A virus scanner for uploads: unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310; empty: none.
# When it cannot be reached uploads are refused; "quarantine" keeps them unopened until it answers.
CLAMD = env.str("CLAMD", default="")
CLAMD_TIMEOUT = env.float("CLAMD_TIMEOUT", default=20)
CLAMD_ON_FAILURE = env.str("CLAMD_ON_FAILURE", default="refuse")
if CLAMD_ON_FAILURE not in ("refuse", "quarantine"):
    raise ImproperlyConfigured("CLAMD_ON_FAILURE 只能是 refuse（拒绝上传）或 quarantine（隔离等待）。")
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
MEDIA_ROOT = DATA_DIR / "files"  # never served by address: trail asks who may see a file
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- API --------------------------------------------------------------------------------------

# How often: `300/minute`, empty for no limit. The address counts everybody behind it, a whole hall at times.
API_RATES = {
    "token": env.str("API_RATE_TOKEN", default="300/minute"),
    "person": env.str("API_RATE_PERSON", default="300/minute"),
    "address": env.str("API_RATE_ADDRESS", default="1200/minute"),
}
API_BULK_LIMIT = env.int("API_BULK_LIMIT", default=100)  # items of one bulk write, at most 200
for rate in filter(None, API_RATES.values()):
    if not RATE.fullmatch(rate):
        raise ImproperlyConfigured(f"限流“{rate}”看不懂：写成 300/minute、10/second，留空表示不限。")
if BENCHMARK:
    API_RATES = {}

EXPORT_DIRECT_ROWS = env.int("EXPORT_DIRECT_ROWS", default=5000)
"""A list of more rows is exported by a worker, so that nobody waits before an empty page."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "accounts.pagination.RowCursor",
    "DEFAULT_FILTER_BACKENDS": [
        "accounts.filtering.StrictFilterBackend",
        "accounts.sorting.SortFilter",
    ],
    "ORDERING_PARAM": "sort",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "accounts.schema.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttles.TokenThrottle", "accounts.throttles.PersonThrottle"],
    "EXCEPTION_HANDLER": "accounts.exceptions.handle",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "明窗 API",
    "DESCRIPTION": "政务大厅窗口作风管理：巡查、台账、通报与月度考核。页面上能做的，这里都能做，规则相同。",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.schema.chinese_and_exact",
    ],
    # Names that stay put: without them a schema name carries a hash of its values.
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.roles.ROLE_CHOICES",
        "HallLevel": "accounts.enums.HallLevel",
        "Presence": "attendance.enums.Presence",
        "WindowCategory": "windows.enums.Category",
        "StaffEventKind": "windows.enums.StaffEventKind",
        "DayKind": "windows.enums.DayKind",
        "Half": "attendance.enums.Half",
        "LineKind": "assessments.enums.LineKind",
        "AwardOrder": "assessments.enums.Order",
        "Origin": "assessments.enums.Origin",
        "Period": "violations.rule_enums.Period",
        "Meter": "violations.rule_enums.Meter",
        "Severity": "violations.rule_enums.Severity",
        "ClauseSource": "violations.rule_enums.Source",
        "StatementReason": "violations.enums.StatementReason",
        "BulletinSection": "bulletins.enums.Section",
        "AppealVerdict": "violations.serializers.APPEAL_VERDICTS",
        "RecheckVerdict": "violations.serializers.RECHECK_VERDICTS",
        "NewVisitResult": "patrols.serializers.NEW_VISIT_RESULTS",
        "LocalDayKind": "windows.serializers.LOCAL_DAY_KINDS",
        "LeavingKind": "windows.serializers.LEAVING_KINDS",
        "Gender": "windows.serializers.GENDERS",
        "RecordStatus": "violations.enums.RecordStatus",
        "RecordSource": "violations.enums.RecordSource",
        "RectificationStepKind": "violations.enums.StepKind",
        "ExtensionAnswer": "violations.serializers.EXTENSION_ANSWERS",
        "RectificationStatus": "violations.enums.RectificationStatus",
        "MeasureKind": "violations.rule_enums.MeasureKind",
        "MeasureStatus": "violations.measure_enums.MeasureStatus",
        "MeasureEvent": "violations.measure_enums.MeasureEvent",
        "Subject": "violations.rule_enums.Subject",
        "RulebookStatus": "violations.rule_enums.VersionStatus",
        "BulletinStatus": "bulletins.enums.BulletinStatus",
        "LetterStatus": "bulletins.enums.LetterStatus",
        "ReplyOutcome": "bulletins.enums.ReplyOutcome",
        "MonthStatus": "assessments.enums.MonthStatus",
        "AwardOutcome": "assessments.enums.Outcome",
        "DayOutcome": "attendance.enums.Outcome",
        "PunchSource": "attendance.enums.PunchSource",
        "LeaveKind": "attendance.enums.LeaveKind",
        "Tier": "attendance.enums.Tier",
        "RoundKind": "patrols.enums.RoundKind",
        "DutyKind": "patrols.enums.DutyKind",
        "SwapStatus": "patrols.enums.SwapStatus",
        "SwapVerdict": "patrols.duty_serializers.SWAP_VERDICTS",
        "VisitResult": "patrols.enums.VisitResult",
        "CovertStatus": "patrols.enums.CovertStatus",
        "CovertQuestionKind": "patrols.enums.QuestionKind",
        "NoteState": "patrols.enums.NoteState",
        "RunStatus": "trail.enums.RunStatus",
        "FileKind": "trail.enums.FileKind",
        "MaskStyle": "trail.enums.MaskStyle",
        "LongRunStatus": "trail.enums.LongRunStatus",
        "DeliveryStatus": "trail.enums.DeliveryStatus",
        "ChannelKind": "trail.enums.ChannelKind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- what leaves the system -------------------------------------------------------------------

# Where people open us, for links in messages: "https://hall.example.gov.cn". Without it they carry none.
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
# smtp+tls://name:password@host:587; without it no mail is sent.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    globals().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="mingchuang@localhost")
# Hosts and networks of the intranet that webhooks and robots may call: "10.1.0.0/16,im.example.gov.cn".
OUTBOX_ALLOWED = env.list("OUTBOX_ALLOWED", default=[])

# --- jobs -------------------------------------------------------------------------------------

BROKER_DIR = DATA_DIR / "broker"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
else:
    # One machine, no server: messages are files. The worker must then run with `-P solo`.
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
    for folder in ("queue", "processed", "control"):
        (BROKER_DIR / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# One tick finds the halls and periods that are due: there is no schedule row per hall.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "trail.tasks.tick", "schedule": crontab(minute="*/15")},
    "outbox": {"task": "trail.tasks.send_out", "schedule": 20.0, "options": {"expires": 20.0}},
}

configure()
LOGGING = logging_config(debug=DEBUG)
