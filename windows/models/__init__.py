"""Departments, windows, the people who sit there, and the days on which they do."""

from windows.models.calendar import CalendarDay, CalendarYear, ServiceHours
from windows.models.people import BackupPair, Posting, Staff, StaffEvent
from windows.models.places import Department, ServiceItem, Window

__all__ = [
    "BackupPair",
    "CalendarDay",
    "CalendarYear",
    "Department",
    "Posting",
    "ServiceHours",
    "ServiceItem",
    "Staff",
    "StaffEvent",
    "Window",
]
