"""News of the ledger for the rooms above."""

from django.dispatch import Signal

record_settled = Signal()
"""A record changed its state: `record`, `old` and `new` status, `by`. Sent inside the transaction."""
