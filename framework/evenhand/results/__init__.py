"""A run's folder: written whole, read back, verified; and the same answer as JSON and in the terminal."""
