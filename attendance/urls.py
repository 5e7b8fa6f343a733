"""Addresses of the attendance room."""

from django.urls import path

from attendance import views

app_name = "attendance"
urlpatterns = [
    path("attendance/", views.board, name="board"),
    path("attendance/months/<str:month>/", views.sheet, name="sheet"),
    path("attendance/months/<str:month>/derive/", views.derive, name="derive"),
    path("attendance/months/<str:month>/propose/", views.propose, name="propose"),
    path("attendance/results/", views.results, name="results"),
    path("attendance/results/bulk/", views.bulk, name="bulk"),
    path("attendance/<int:pk>/", views.person, name="person"),
    path("attendance/<int:pk>/<str:day>/", views.day, name="day"),
    path("me/attendance/", views.my_month, name="my_month"),
    path("me/leave/", views.my_leaves, name="my_leaves"),
    path("leave/", views.leaves, name="leaves"),
]
