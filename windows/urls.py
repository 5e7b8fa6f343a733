"""Addresses of the windows room."""

from django.urls import path

from windows.views import calendar, first_start, people, places, public

app_name = "windows"
urlpatterns = [
    path("setup/", first_start.setup, name="setup"),
    path("hall/", public.own_roster, name="own_roster"),
    path("hall/<slug:code>/", public.roster, name="roster"),
    path("hall/<slug:code>/photos/<int:pk>/", public.roster_photo, name="roster_photo"),
    path("w/<str:token>/", public.scan, name="scan"),
    path("windows/<int:pk>/", places.window, name="window"),
    path("windows/<int:pk>/code.svg", places.window_code, name="window_code"),
    path("windows/<int:pk>/edit/", places.window_edit, name="window_edit"),
    path("windows/<int:pk>/close/", places.window_close, name="window_close"),
    path("windows/<int:pk>/reopen/", places.window_reopen, name="window_reopen"),
    path("windows/<int:pk>/head/", places.window_head, name="window_head"),
    path("windows/<int:pk>/backup/", places.window_backup, name="window_backup"),
    path("people/<int:pk>/", people.staff, name="staff"),
    path("people/<int:pk>/edit/", people.edit, name="staff_edit"),
    path("people/<int:pk>/move/", people.move, name="move"),
    path("people/<int:pk>/leave/", people.leave, name="leave"),
    path("people/<int:pk>/return/", people.come_again, name="come_again"),
    path("people/<int:pk>/login/", people.make_login, name="make_login"),
    path("settings/windows/", places.windows, name="windows"),
    path("settings/windows/new/", places.window_new, name="window_new"),
    path("settings/windows/codes/", places.codes, name="codes"),
    path("settings/departments/", places.departments, name="departments"),
    path("settings/departments/new/", places.department_new, name="department_new"),
    path("settings/departments/<int:pk>/", places.department_edit, name="department_edit"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/new/", people.join, name="join"),
    path("settings/hours/", calendar.hours, name="hours"),
    path("settings/calendar/", calendar.calendar, name="calendar"),
    path("settings/calendar/import/", calendar.notice, name="notice"),
    path("settings/calendar/days/new/", calendar.local_day, name="local_day"),
    path("settings/calendar/days/<int:pk>/", calendar.local_day_edit, name="local_day_edit"),
    path("settings/calendar/days/<int:pk>/drop/", calendar.local_day_drop, name="local_day_drop"),
]
