"""Connected zones: the graph of neighbouring blocks, a choice in few connected pieces, and bounds on any such choice.

Nothing is imported here: ``graph``, ``counting`` and ``problem`` need numpy and scipy only, ``geometry`` loads shapely,
``peel`` numba, ``bound`` the linear solver.
"""
