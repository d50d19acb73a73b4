"""A stranger's domain of 150 lines gets command line, solvers, report and verification through hooks alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.testing import DomainConformance
from tests.framework import toy_domain
from tests.framework.toy_domain import greedy

SAMPLE = Path(toy_domain.__file__).with_name("sample")


class TestEvenings(DomainConformance):
    plugin = (toy_domain, greedy)
    domain = "evenings"

    def cases(self) -> Mapping[str, Any]:
        tree = {"domain": "evenings", "data": {"branches": str(SAMPLE / "branches.csv")}}
        return {
            "sample": None,
            "defaults": {**tree, "problem": {"budget": "999.99"}},
            "nothing may open": {**tree, "problem": {"budget": 0}},
            "impossible": {**tree, "constraint": [{"rule": "budget"}, {"rule": "every_area", "least": 1}]},
            "minutes": {**tree, "problem": {"budget": 1735}, "objective": [{"term": "extra_minutes"}]},
        }


def test_it_has_150_lines_at_most() -> None:
    assert len(Path(toy_domain.__file__).read_text(encoding="utf-8").splitlines()) <= 150
