"""What the assessment room shows of itself elsewhere: menu, to-do, cards, job, seal, uses of a record."""

from assessments.services import monthly_job
from assessments.services.seals import broken_months
from trail.seals import register_seal
from trail.services.jobs import register_job

register_job(monthly_job.JOB)
register_seal("assessments", broken_months)
