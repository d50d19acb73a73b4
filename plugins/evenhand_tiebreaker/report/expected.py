"""What the way of choosing is worth on students it was not made with, beside what it claims."""

from __future__ import annotations

from typing import Any

from evenhand.model import Sheet
from evenhand.report.format import share
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.report.district import FOCAL, OTHER, REACHED
from evenhand_tiebreaker.report.facts import Facts
from evenhand_tiebreaker.report.suppression import WITHHELD
from evenhand_tiebreaker.uncertainty.estimates import Method, uncertainty_of

METHODS = {"plain": "this way of choosing", "shrunk": "with shares drawn towards their area's",
           "noise": "under the declared noise"}
MEASURES = {"tpr": "focal students reached (TPR)", "fpr": "others who go first (FPR)", "precision": "precision"}


def _told(facts: Facts, method: Method) -> bool:
    """Whether the rates at hand do not give a small count away."""
    if method.name != "shrunk":
        return facts.district.told((FOCAL, REACHED), (OTHER, REACHED))
    found, blocks = uncertainty_of(facts.problem, facts.allocation), facts.blocks
    assert found is not None and found.shrinkage is not None
    receives = found.shrinkage.receives
    return all(facts.cells.tells(inside := total(counts[receives]), whole - inside) for counts, whole in
               ((blocks.focal, blocks.total_focal), (blocks.other, blocks.total_other)))


def expected(facts: Facts) -> Sheet | None:
    """Claimed and expected rates of every method; None without ``[uncertainty]``."""
    found = uncertainty_of(facts.problem, facts.allocation)
    if found is None:
        return None
    rows: list[list[Any]] = []
    for method in found.methods:
        for name, measure in MEASURES.items():
            unseen = getattr(method.estimate.unseen, name)
            claimed = share(getattr(method.claimed, name)) if _told(facts, method) else WITHHELD
            rows.append([METHODS[method.name], measure, claimed, share(unseen.mean),
                         f"{share(unseen.low)} to {share(unseen.high)}"])
    section = found.section
    how = (f"{section.splits:,} times the students were divided at random: {share(float(section.share), 0)} of them "
           "chose the blocks, the others tested them." if found.chosen_anew else
           f"The same blocks were scored on parts of the students, drawn at random {section.splits:,} times.")
    anew = (" A choice from a part of the students is made from smaller counts than this one, so this exaggerates the "
            "error, most of all for averages of several years." if found.chosen_anew else "")
    return Sheet("What to expect on other students", ["", "Measure", "Claimed", "Expected", "In nine of ten"], rows,
                 dict.fromkeys(("Claimed", "Expected", "In nine of ten"), "count"), how + anew)
