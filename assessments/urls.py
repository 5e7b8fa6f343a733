"""Addresses of the assessment room."""

from django.urls import path

from assessments.views import honour, months, sheets

app_name = "assessments"
urlpatterns = [
    path("assess/", months.months, name="months"),
    path("assess/score/", months.score, name="score"),
    path("assess/<str:month>/", months.ranking, name="month"),
    path("assess/<str:month>/publish/", months.publish, name="publish"),
    path("assess/<str:month>/decide/<int:card>/", months.decide, name="decide"),
    path("assess/<str:month>/windows/<str:code>/", sheets.window_sheet, name="window_sheet"),
    path("assess/<str:month>/people/<int:pk>/", sheets.person_sheet, name="person_sheet"),
    path("assess/<str:month>/units/<int:unit>/", sheets.unit_sheet, name="unit_sheet"),
    path("me/score/<str:month>/", sheets.my_score, name="my_score"),
    path("honour/", honour.own_board, name="own_board"),
    path("honour/<slug:hall>/", honour.board, name="board"),
    path("honour/<slug:hall>/<str:month>/", honour.board, name="board_month"),
]
