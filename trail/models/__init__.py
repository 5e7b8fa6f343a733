"""What every room needs to leave traces."""

from trail.models.audit import AuditDay, AuditEntry, AuditHead, AuditLink
from trail.models.files import PhotoMask, PhotoOriginal, StoredFile
from trail.models.long_runs import LongRun
from trail.models.notices import Notice
from trail.models.outbox import Channel, Delivery, DeliveryAttempt, MailWish
from trail.models.runs import ImportRun, JobRun, NumberSeries
from trail.models.undo import UndoStep

__all__ = [
    "AuditDay",
    "AuditEntry",
    "AuditHead",
    "AuditLink",
    "Channel",
    "Delivery",
    "DeliveryAttempt",
    "ImportRun",
    "JobRun",
    "LongRun",
    "MailWish",
    "Notice",
    "NumberSeries",
    "PhotoMask",
    "PhotoOriginal",
    "StoredFile",
    "UndoStep",
]
