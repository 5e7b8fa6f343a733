"""The pages of windows and people, one module an idea."""
