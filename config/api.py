"""The API root: each room's api.py exports `routes`, rows of (prefix, viewset, basename)."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts.decorators import allow

router = SimpleRouter()
for room in settings.ROOMS:
    if find_spec(f"{room}.api"):
        for prefix, viewset, basename in getattr(import_module(f"{room}.api"), "routes", []):
            router.register(prefix, viewset, basename=basename)

# The stock page carries inline script and style, which our Content-Security-Policy refuses.
docs = allow()(
    SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="config/api_docs.html")
)

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("", include(router.urls)),
]
