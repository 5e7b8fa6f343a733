"""The trail's services, one module an idea: audit, jobs, notices, files, imports, numbers."""
