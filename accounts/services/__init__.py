"""The services of this room, one module an idea: halls, people, tokens.

Audit rows of this room are written by `trail`, which stands above it: services here take a
`trace` callable, handed in by `trail.services.audit` when it starts (see `accounts.services.trace`).
"""
