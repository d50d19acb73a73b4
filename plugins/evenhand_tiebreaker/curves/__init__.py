"""Trade-off between focal and other students: thresholds, the exact frontier, bounds and what a choice leaves behind.

Everything here works on arrays in table order: ``focal`` and ``other`` (whole numbers, 0 or more, one per block) and
``eligible``. A choice is a boolean array, always a subset of the eligible blocks.
"""
