"""Addresses of the trail room."""

from django.urls import path

from trail import views

app_name = "trail"
urlpatterns = [
    path("files/<uuid:pk>/", views.file, name="file"),
    path("files/<uuid:pk>/thumb/", views.file, {"thumb": True}, name="thumb"),
    path("notices/", views.inbox, name="inbox"),
    path("notices/read/", views.inbox_read_all, name="inbox_read_all"),
    path("notices/<int:pk>/open/", views.inbox_open, name="inbox_open"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/retry/", views.job_retry, name="job_retry"),
    path("audit/", views.audit, name="audit"),
]
