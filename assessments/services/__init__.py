"""The assessment room's services, one module an idea."""
