"""Addresses of the patrols room."""

from django.urls import path

from patrols import views

app_name = "patrols"
urlpatterns = [
    path("patrol/", views.rounds, name="rounds"),
    path("t/", views.my_tasks, name="my_tasks"),
    path("patrol/start/", views.start, name="start"),
    path("patrol/sw.js", views.service_worker, name="service_worker"),
    path("patrol/w/<str:token>/", views.window_code, name="window_code"),
    path("patrol/<int:pk>/", views.round_page, name="round"),
    path("patrol/<int:pk>/done/", views.done, name="done"),
    path("patrol/visits/<int:pk>/undo/", views.undo, name="undo"),
]
