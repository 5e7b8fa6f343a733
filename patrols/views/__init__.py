"""Pages of the patrols room, one module an idea."""
