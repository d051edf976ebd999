"""Studies: many networks, one question, a small file of numbers."""
