"""Addresses of the patrols room."""

from django.urls import path

from patrols.views import coverage, covert, duty, notes, periods, rechecks, rounds, swaps, tasks

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
    path("duty/", duty.month, name="duty"),
    path("duty/ledger/", duty.ledger, name="duty_ledger"),
    path("duty/draft/", duty.draft, name="duty_draft"),
    path("duty/copy/", duty.copy, name="duty_copy"),
    path("duty/on/<str:on>/", duty.edit, name="duty_edit"),
    path("duty/<int:pk>/", duty.day, name="duty_day"),
    path("duty/<int:pk>/swap/", swaps.ask, name="duty_ask"),
    path("duty/periods/", periods.periods, name="special_periods"),
    path("duty/periods/new/", periods.new, name="special_period_new"),
    path("duty/periods/<int:pk>/", periods.period, name="special_period"),
    path("duty/periods/<int:pk>/remove/", periods.remove, name="special_period_remove"),
    path("coverage/", coverage.coverage, name="coverage"),
    path("duty/swaps/", swaps.swap_list, name="duty_swaps"),
    path("duty/swaps/<int:pk>/", swaps.swap, name="duty_swap"),
    path("duty/swaps/<int:pk>/withdraw/", swaps.withdraw, name="duty_swap_withdraw"),
    path("notes/", notes.notes, name="notes"),
    path("notes/new/", notes.new_note, name="new_note"),
    path("notes/<int:pk>/", notes.note, name="note"),
    path("notes/<int:pk>/record/", notes.record, name="record_note"),
    path("notes/<int:pk>/close/", notes.close, name="close_note"),
]
