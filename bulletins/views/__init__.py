"""Pages of the bulletins room: issues and letters."""
