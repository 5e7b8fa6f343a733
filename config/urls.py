from django.conf import settings
from django.urls import include, path

from config import views
from config.benchmarks import reference

handler400 = "config.views.bad_request"
handler500 = "config.views.server_error"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("api/v1/", include("config.api")),
    path("", include("bulletins.urls")),
    path("", include("assessments.urls")),
    path("", include("attendance.urls")),
    path("", include("patrols.urls")),
    path("", include("complaints.urls")),
    path("", include("violations.urls")),
    path("", include("windows.urls")),
    path("", include("trail.urls")),
    path("", include("accounts.urls")),
]

if settings.BENCHMARK:
    urlpatterns.append(path(reference.ADDRESS.lstrip("/"), reference.reference))
