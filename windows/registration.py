"""What the windows room shows of itself elsewhere."""
