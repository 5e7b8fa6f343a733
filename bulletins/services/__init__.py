"""The bulletins' services, one module an idea: periods, drafting, composing, signing, reading, letters."""
