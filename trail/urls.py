"""Addresses of the trail room."""

from django.urls import path

from trail import (
    audit_views,
    export_views,
    file_views,
    import_views,
    outbox_views,
    run_views,
    undo_views,
    views,
)

app_name = "trail"
urlpatterns = [
    path("files/<uuid:pk>/", file_views.file, name="file"),
    path("files/<uuid:pk>/thumb/", file_views.file, {"thumb": True}, name="thumb"),
    path("files/<uuid:pk>/mask/", file_views.mask, name="mask"),
    path("files/<uuid:pk>/mask/<int:mask>/lift/", file_views.unmask, name="unmask"),
    path("files/<uuid:pk>/original/", file_views.original, name="original"),
    path("notices/", views.inbox, name="inbox"),
    path("notices/bulk/", views.inbox_bulk, name="inbox_bulk"),
    path("notices/read/", views.inbox_read_all, name="inbox_read_all"),
    path("notices/<int:pk>/read/", views.inbox_read, name="inbox_read"),
    path("notices/<int:pk>/open/", views.inbox_open, name="inbox_open"),
    path("jobs/", run_views.jobs, name="jobs"),
    path("jobs/runs/<int:pk>/", run_views.run, name="run"),
    path("jobs/runs/<int:pk>/cancel/", run_views.run_cancel, name="run_cancel"),
    path("jobs/runs/<int:pk>/file/", run_views.run_file, name="run_file"),
    path("jobs/<int:pk>/retry/", views.job_retry, name="job_retry"),
    path("exports/<slug:key>.<slug:form>", export_views.export, name="export"),
    path("audit/", audit_views.audit, name="audit"),
    path("audit/<int:pk>/", audit_views.audit_entry, name="audit_entry"),
    path("undo/", undo_views.steps, name="undo_steps"),
    path("undo/<int:pk>/", undo_views.undo, name="undo"),
    path("settings/outbox/", outbox_views.outbox, name="outbox"),
    path("settings/outbox/channels/new/", outbox_views.channel_new, name="channel_new"),
    path("settings/outbox/channels/<int:pk>/", outbox_views.channel, name="channel"),
    path("settings/outbox/channels/<int:pk>/secret/", outbox_views.channel_secret, name="channel_secret"),
    path("settings/outbox/channels/<int:pk>/test/", outbox_views.channel_test, name="channel_test"),
    path("settings/outbox/<uuid:pk>/", outbox_views.delivery, name="delivery"),
    path("settings/outbox/<uuid:pk>/resend/", outbox_views.delivery_resend, name="delivery_resend"),
    path("notices/mail/", outbox_views.mail_wish, name="mail_wish"),
    path("settings/import/", import_views.imports, name="imports"),
    path("settings/import/check/<int:pk>/", import_views.import_check, name="import_check"),
]
