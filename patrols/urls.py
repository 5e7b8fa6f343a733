"""Addresses of the patrols room."""

from django.urls import path

from patrols.views import covert, rechecks, rounds, tasks

app_name = "patrols"
urlpatterns = [
    path("patrol/", rounds.rounds, name="rounds"),
    path("t/", tasks.my_tasks, name="my_tasks"),
    path("t/<int:pk>/", tasks.my_task, name="my_task"),
    path("covert/", covert.covert_tasks, name="covert_tasks"),
    path("covert/new/", covert.new_covert_task, name="new_covert_task"),
    path("covert/<int:pk>/", covert.covert_task, name="covert_task"),
    path("covert/<int:pk>/withdraw/", covert.withdraw_covert_task, name="withdraw_covert_task"),
    path("covert/<int:pk>/undo/", covert.undo_covert_task, name="undo_covert_task"),
    path("covert/<int:pk>/identity/", covert.covert_identity, name="covert_identity"),
    path("patrol/start/", rounds.start, name="start"),
    path("patrol/sw.js", rounds.service_worker, name="service_worker"),
    path("patrol/w/<str:token>/", rounds.window_code, name="window_code"),
    path("patrol/<int:pk>/", rounds.round_page, name="round"),
    path("patrol/<int:pk>/done/", rounds.done, name="done"),
    path("patrol/<int:pk>/recheck/<int:order>/", rechecks.recheck, name="recheck"),
    path("patrol/visits/<int:pk>/undo/", rounds.undo, name="undo"),
]
