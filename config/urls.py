from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from config import views
from config.benchmarks import reference

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("api/v1/", include("config.api")),
    *[path("", include(f"{room}.urls")) for room in settings.ROOMS if find_spec(f"{room}.urls")],
]

if settings.BENCHMARK:
    urlpatterns.append(path(reference.ADDRESS.lstrip("/"), reference.reference))
