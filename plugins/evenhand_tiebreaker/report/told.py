"""Metrics that the report must not print as they are: they would give a small count away."""

from __future__ import annotations

from typing import Any

from evenhand_tiebreaker.report.district import ALL, DISTRICT, ELIGIBLE, FOCAL, OTHER, REACHED, Key
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.words import cutoff, percent_text

WITHHELD_WORD = "withheld: it would give a small count away"
MADE_OF: dict[str, tuple[Key, ...]] = {
    "tpr": ((FOCAL, REACHED), (FOCAL, DISTRICT)), "fpr": ((OTHER, REACHED), (OTHER, DISTRICT)),
    "precision": ((FOCAL, REACHED), (OTHER, REACHED), (ALL, REACHED)),
    "share_of_students": ((ALL, REACHED), (ALL, DISTRICT)), "tpr_ceiling": ((FOCAL, ELIGIBLE), (FOCAL, DISTRICT)),
    "auc": ((FOCAL, ELIGIBLE),), "any_set_bound": ((FOCAL, REACHED),),
}
"""Counts behind each metric; the bound beside what it could add tells what is reached."""


def metrics(facts: Facts) -> dict[str, Any]:
    """What to print instead, by name of metric."""
    if not facts.cells.on:
        return {}
    found: dict[str, Any] = {name: WITHHELD_WORD for name, keys in MADE_OF.items()
                             if facts.metrics.get(name) is not None and not facts.district.told(*keys)}
    printed = cutoff(facts)
    if printed is not None and facts.options.threshold is None:
        found["threshold"] = f"{percent_text(printed)} (names the same blocks)"
    return found
