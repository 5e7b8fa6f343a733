"""Addresses of the accounts room."""

from django.urls import path

from accounts import kept_views, look_views, security_views, sign_in_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", sign_in_views.login, name="login"),
    path("login/code/", sign_in_views.second_step, name="second_step"),
    path("login/again/", sign_in_views.prove, name="prove"),
    path("logout/", sign_in_views.logout, name="logout"),
    path("drafts/", kept_views.autosave, name="autosave"),
    path("drafts/<int:pk>/restore/", kept_views.restore, name="restore_draft"),
    path("drafts/<int:pk>/forget/", kept_views.forget, name="forget_draft"),
    path("look/", look_views.look, name="look"),
    path("gallery/", look_views.gallery_page, name="gallery"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", security_views.password, name="password"),
    path("profile/devices/", security_views.devices, name="devices"),
    path("profile/devices/end/", security_views.devices_end, name="devices_end"),
    path("profile/devices/<uuid:uid>/end/", security_views.device_end, name="device_end"),
    path("profile/two-steps/", security_views.two_steps, name="two_steps"),
    path("profile/two-steps/code.svg", security_views.two_steps_code, name="two_steps_code"),
    path("profile/two-steps/off/", security_views.two_steps_off, name="two_steps_off"),
    path("profile/two-steps/recovery/", security_views.recovery_codes, name="recovery_codes"),
    path("profile/tokens/", views.api_tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("badges/", views.badges, name="badges"),
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
    path("settings/accounts/<int:pk>/unlock/", security_views.unlock, name="unlock"),
    path("settings/accounts/<int:pk>/sign-out/", security_views.sign_out_person, name="sign_out_person"),
    path(
        "settings/accounts/<int:pk>/two-steps/reset/", security_views.two_steps_reset, name="two_steps_reset"
    ),
    path("settings/accounts/<int:pk>/switch/", views.account_switch, name="account_switch"),
    path("settings/grants/<int:pk>/end/", views.grant_end, name="grant_end"),
]
