"""Addresses of the accounts room."""

from django.urls import path

from accounts import look_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("look/", look_views.look, name="look"),
    path("gallery/", look_views.gallery_page, name="gallery"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("profile/tokens/", views.api_tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("today/", views.today, name="today"),
    path("me/", views.me, name="me"),
    path("window/", views.window, name="window"),
    path("unit/", views.unit, name="unit"),
    path("search/", views.search, name="search"),
    path("settings/", views.settings, name="settings"),
    path("settings/hall/", views.hall_options, name="hall_options"),
    path("settings/accounts/", views.accounts, name="accounts"),
    path("settings/accounts/new/", views.account_new, name="account_new"),
    path("settings/accounts/<int:pk>/", views.account, name="account"),
    path("settings/accounts/<int:pk>/password/", views.password_reset, name="password_reset"),
    path("settings/accounts/<int:pk>/switch/", views.account_switch, name="account_switch"),
    path("settings/grants/<int:pk>/end/", views.grant_end, name="grant_end"),
]
