"""Addresses of the assessment room."""

from django.urls import path

from assessments.views import drafts, facts, honour, months, rulebooks, sheets

app_name = "assessments"
urlpatterns = [
    path("assess/", months.months, name="months"),
    path("assess/score/", months.score, name="score"),
    path("assess/figures/", facts.figures, name="figures"),
    path("assess/figures/new/", facts.figures_new, name="figures_new"),
    path("assess/votes/", facts.votes, name="votes"),
    path("assess/votes/new/", facts.votes_new, name="votes_new"),
    path("assess/<str:month>/", months.ranking, name="month"),
    path("assess/<str:month>/publish/", months.publish, name="publish"),
    path("assess/<str:month>/changes/", months.changes, name="changes"),
    path("assess/<str:month>/decide/<int:card>/", months.decide, name="decide"),
    path("assess/<str:month>/explain/<int:card>/", sheets.explanation, name="explain"),
    path("assess/<str:month>/windows/<str:code>/", sheets.window_sheet, name="window_sheet"),
    path("assess/<str:month>/people/<int:pk>/", sheets.person_sheet, name="person_sheet"),
    path("assess/<str:month>/units/<int:unit>/", sheets.unit_sheet, name="unit_sheet"),
    path("rules/<int:pk>/differences/<int:other>/", rulebooks.compare, name="differences"),
    path("rules/<int:pk>/clauses/<str:code>/", rulebooks.clause_lines, name="clause_lines"),
    path("rules/<int:pk>/draft/", drafts.draft_new, name="draft_new"),
    path("rules/<int:pk>/edit/", drafts.draft, name="draft"),
    path("rules/<int:pk>/edit/<slug:section>/<int:number>/", drafts.draft_item, name="draft_item"),
    path("rules/<int:pk>/enforce/", drafts.enforce, name="enforce"),
    path("rules/<int:pk>/trial/", drafts.try_out, name="try_out"),
    path("rules/trials/<int:run>/", drafts.trial, name="trial"),
    path("rules/<int:pk>/discard/", drafts.discard, name="discard"),
    path("me/score/<str:month>/", sheets.my_score, name="my_score"),
    path("awards/<int:pk>/revoke/", honour.revoke, name="revoke"),
    path("honour/", honour.own_board, name="own_board"),
    path("honour/<slug:hall>/", honour.board, name="board"),
    path("honour/<slug:hall>/<str:month>/", honour.board, name="board_month"),
]
