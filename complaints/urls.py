"""Addresses of the complaints room."""

from django.urls import path

from complaints import views

app_name = "complaints"
urlpatterns = [path("voice/", views.voice, name="voice")]
