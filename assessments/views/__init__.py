"""Pages of the assessment room: months and rankings, score sheets, the honour board."""
