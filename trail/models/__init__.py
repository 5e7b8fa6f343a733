"""What every room needs to leave traces."""

from trail.models.audit import AuditEntry
from trail.models.files import StoredFile
from trail.models.notices import Notice
from trail.models.runs import ImportRun, JobRun, NumberSeries

__all__ = ["AuditEntry", "ImportRun", "JobRun", "Notice", "NumberSeries", "StoredFile"]
