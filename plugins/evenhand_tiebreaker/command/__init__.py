"""``evenhand tiebreaker``: what a choice of blocks changes in the school assignment, and between two choices."""
