"""Outside systems this room talks to, each with a fake for tests."""
