"""Benchmarks: a file ``*_bench.py`` with a ``main()`` per question; ``python -m tests.benchmarks`` runs them."""
