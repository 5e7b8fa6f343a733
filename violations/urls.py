"""Addresses of the violations room."""

from django.urls import path

from violations.views import appeals, arranging, ledger, merging, rectify, rules

app_name = "violations"
urlpatterns = [
    path("findings/", ledger.findings, name="findings"),
    path("findings/recent/", ledger.recent, name="recent"),
    path("findings/bulk/", ledger.bulk, name="bulk"),
    path("findings/bulk/undo/", ledger.bulk_undo, name="bulk_undo"),
    path("findings/new/", ledger.new_finding, name="new_finding"),
    path("findings/<int:pk>/", ledger.finding, name="finding"),
    path("findings/<int:pk>/answer/", ledger.answer, name="answer"),
    path("findings/<int:pk>/decide/", ledger.decide, name="decide"),
    path("findings/<int:pk>/verify/", ledger.verify, name="verify"),
    path("findings/<int:pk>/withdraw/", ledger.withdraw, name="withdraw"),
    path("findings/<int:pk>/merge/", merging.merge, name="merge"),
    path("findings/<int:pk>/appeal/", ledger.file_appeal, name="file_appeal"),
    path("findings/<int:pk>/rectify/", ledger.order_rectification, name="order_rectification"),
    path("findings/<int:pk>/undo/", ledger.undo, name="undo"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<int:pk>/", appeals.appeal, name="appeal"),
    path("rectify/", rectify.rectifications, name="rectifications"),
    path("rectify/bulk/", rectify.bulk, name="bulk_recheck"),
    path("rectify/bulk/undo/", rectify.bulk_undo, name="bulk_recheck_undo"),
    path("rectify/<int:pk>/", rectify.rectification, name="rectification"),
    path("rectify/<int:pk>/submit/", rectify.submit, name="submit_rectification"),
    path("rectify/<int:pk>/recheck/", rectify.recheck, name="recheck_rectification"),
    path("rectify/<int:pk>/plan/", arranging.plan, name="plan_rectification"),
    path("rectify/<int:pk>/extend/", arranging.extend, name="ask_extension"),
    path("rectify/<int:pk>/extension/", arranging.decide_extension, name="decide_extension"),
    path("rectify/<int:pk>/recheck-day/", arranging.plan_recheck, name="plan_recheck"),
    path("rectify/<int:pk>/undo/", rectify.undo, name="undo_rectification"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<int:pk>/", rules.rulebook_version, name="rulebook_version"),
    path("settings/phrases/", rules.phrases, name="phrases"),
    path("settings/phrases/new/", rules.phrase_new, name="phrase_new"),
    path("settings/phrases/<int:pk>/", rules.phrase, name="phrase"),
    path("settings/phrases/<int:pk>/remove/", rules.phrase_remove, name="phrase_remove"),
]
