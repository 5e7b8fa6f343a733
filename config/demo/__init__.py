"""演示大厅 demo hall: three months and a bit of a believable hall, lived through the services."""
