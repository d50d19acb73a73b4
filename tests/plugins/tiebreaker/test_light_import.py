"""What finding the plugins costs: every command pays for it, also those that never see a block."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"highspy", "jinja2", "matplotlib", "numba", "pandas", "pandera", "pyomo", "scipy", "shapely"}


def test_finding_the_plugins_loads_nothing_heavy() -> None:
    code = ("import sys\nfrom evenhand import plugins\nregistry = plugins.manager()\n"
            "solvers = {name for domain, name in registry.solvers if domain == 'tiebreaker'}\n"
            "print(sorted(solvers & {'frontier', 'peel', 'rule-search'}), sorted(registry.terms['tiebreaker'])[:1])\n"
            "print(*{name.partition('.')[0] for name in sys.modules})")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    registered, loaded = done.stdout.splitlines()
    assert registered == "['frontier', 'peel', 'rule-search'] ['cut_edges']"
    assert HEAVY & set(loaded.split()) == set()
