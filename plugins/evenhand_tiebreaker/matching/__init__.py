"""School assignment by deferred acceptance, with and without the tiebreaker, and what the tiebreaker changes.

``market``, ``lotteries``, ``seats``, ``acceptance`` and ``effects`` are numpy only; ``kernel`` holds the
compiled loops and is loaded by the first assignment; ``tables`` and ``outputs`` meet the tables of Evenhand.
"""
