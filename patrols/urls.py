"""Addresses of the patrols room."""

from django.urls import path

from patrols.views import rechecks, rounds

app_name = "patrols"
urlpatterns = [
    path("patrol/", rounds.rounds, name="rounds"),
    path("t/", rounds.my_tasks, name="my_tasks"),
    path("patrol/start/", rounds.start, name="start"),
    path("patrol/sw.js", rounds.service_worker, name="service_worker"),
    path("patrol/w/<str:token>/", rounds.window_code, name="window_code"),
    path("patrol/<int:pk>/", rounds.round_page, name="round"),
    path("patrol/<int:pk>/done/", rounds.done, name="done"),
    path("patrol/<int:pk>/recheck/<int:order>/", rechecks.recheck, name="recheck"),
    path("patrol/visits/<int:pk>/undo/", rounds.undo, name="undo"),
]
