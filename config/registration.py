"""What the house shows of itself at /metrics."""

from config import health
from trail.gauges import Gauge, register_gauge

register_gauge(
    Gauge(
        "database_bytes", "Size of the database.", lambda: [((), float(health.size_of_database()))], keep=60
    )
)
register_gauge(
    Gauge(
        "queue_messages", "Messages no worker has fetched.", lambda: [((), float(health.messages_waiting()))]
    )
)
