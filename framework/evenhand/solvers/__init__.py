"""Solvers of the core, one file each."""
