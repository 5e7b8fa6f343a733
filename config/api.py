"""The API root: each room's api.py exports `routes`, rows of (prefix, viewset, basename)."""

from functools import lru_cache
from typing import Any

from django.urls import include, path
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts import api as accounts
from accounts.decorators import allow
from assessments import api as assessments
from attendance import api as attendance
from bulletins import api as bulletins
from complaints import api as complaints
from patrols import api as patrols
from trail import api as trail
from violations import api as violations
from windows import api as windows

ROOMS = (bulletins, assessments, attendance, patrols, complaints, violations, windows, trail, accounts)

router = SimpleRouter()
for room in ROOMS:
    for prefix, viewset, basename in room.routes:
        router.register(prefix, viewset, basename=basename)


@lru_cache(maxsize=4)
def schema_of(version: str | None, _language: str) -> Any:
    """The same for everyone for as long as the program runs; working it out takes most of a second."""
    return SchemaGenerator(api_version=version).get_schema(request=None, public=True)


class KeptSchemaGenerator(SchemaGenerator):
    """Worked out once."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """As the frame's; `public` is always meant, see SERVE_PUBLIC."""
        return schema_of(self.api_version, get_language() or "")


# The stock page carries inline script and style, which our Content-Security-Policy refuses.
docs = allow()(
    SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="config/api_docs.html")
)

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(generator_class=KeptSchemaGenerator), name="schema"),
    path("docs/", docs, name="docs"),
    path("", include(router.urls)),
]
