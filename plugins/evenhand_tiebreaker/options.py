"""``[problem]`` of the domain ``tiebreaker``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from evenhand.errors import Fault
from evenhand_tiebreaker.tables import NO_COUNTS

Selection = Literal["threshold", "exact", "rule", "column"]

SHARE = "share:"
"""Prefix of the derived feature ``share:COLUMN``: the column over ``students``."""

MOST_LITERALS = 3


def _doc(text: str) -> dict[str, Any]:
    return {"doc": text}


@frozen(kw_only=True)
class BudgetOptions:
    """How much the tiebreaker may spend. All that are given hold at once; ``fpr`` is a share, the others are counts."""

    fpr: Fraction | None = field(default=None, metadata=_doc(
        "largest share of all non-focal students that live in receiving blocks, such as 0.16"))
    non_focal: Fraction | None = field(default=None, metadata=_doc("most non-focal students in receiving blocks"))
    students: Fraction | None = field(default=None, metadata=_doc("most students in receiving blocks"))
    blocks: int | None = field(default=None, metadata=_doc("most receiving blocks"))

    @property
    def given(self) -> dict[str, Fraction]:
        """The limits that were given, by name."""
        names = ("fpr", "non_focal", "students", "blocks")
        return {name: Fraction(value) for name in names if (value := getattr(self, name)) is not None}


@frozen(kw_only=True)
class TiebreakerOptions:
    """Who is focal, which blocks may receive, and by what kind of rule they are chosen."""

    focal: str = field(metadata=_doc("column of blocks that counts focal students, such as n_both"))
    eligibility: Mapping[str, Any] | str | None = field(default=None, metadata=_doc(
        'which blocks may receive: a tree such as {any = ["housing", "redline"]} (left out: every block)'))
    selection: Selection = field(default="threshold", metadata=_doc(
        "threshold: share of focal students; exact: any set; rule: an and/or rule over features; column: a given one"))
    threshold: Fraction | None = field(default=None, metadata=_doc(
        'least share of focal students, such as 0.35 or "7/20" (left out: the best one within the budgets)'))
    column: str | None = field(default=None, metadata=_doc('0/1 column of blocks for selection = "column"'))
    features: Sequence[str] = field(default=(), converter=tuple, metadata=_doc(
        'columns that a rule may name for selection = "rule"; "share:COLUMN" is COLUMN over students'))
    literals: int = field(default=2, metadata=_doc("most conditions of a rule"))
    directions: Literal["at_least", "both"] = field(default="at_least", metadata=_doc(
        "whether a condition is `feature at least t` only, or also `at most t`"))
    counts: Literal["integer", "average"] = field(default="integer", metadata=_doc(
        "average: counts may have decimals, as means over years do"))
    missing: Literal["error", "exclude"] = field(default="error", metadata=_doc(
        "exclude: blocks without students or focal count are listed and left out of everything"))
    budget: BudgetOptions | None = field(default=None, metadata=_doc(
        "limits: fpr (a share), non_focal, students, blocks (counts); all given ones hold at once"))
    suppress_below: int = field(default=5, metadata=_doc(
        "the report hides counts of students below this; 0: it hides none (tables for machines hold all)"))


def option_faults(options: TiebreakerOptions) -> list[Fault]:
    """Every fault of the options among themselves."""
    found = _threshold_faults(options) + _rule_faults(options)
    if options.focal in NO_COUNTS:
        found.append(Fault("problem.focal", f"must be a column of counts of students, and {options.focal!r} is none",
                           'Name the column that counts focal students, such as "n_both"'))
    if options.selection == "column" and options.column is None:
        found.append(Fault("problem.column", 'selection = "column" needs the name of a 0/1 column',
                           'Set column = "ctip1", say'))
    if options.budget is not None:
        found += budget_faults(options.budget, "problem.budget")
    if options.suppress_below < 0:
        found.append(Fault("problem.suppress_below", "must not be negative", "Write 0 to hide nothing",
                           value=str(options.suppress_below)))
    return found


def _threshold_faults(options: TiebreakerOptions) -> list[Fault]:
    threshold = options.threshold
    if threshold is None:
        return []
    found = []
    if not 0 <= threshold <= 1:
        found.append(Fault("problem.threshold", "is a share and must lie between 0 and 1", share_hint(threshold),
                           value=_shown(threshold)))
    if options.selection != "threshold":
        found.append(Fault("problem.threshold", f'has no meaning with selection = "{options.selection}"',
                           'Remove it, or set selection = "threshold"'))
    return found


def _rule_faults(options: TiebreakerOptions) -> list[Fault]:
    found = []
    if options.selection == "rule" and not options.features:
        found.append(Fault("problem.features", 'selection = "rule" needs features to build a rule from',
                           'Set features = ["housing", "share:n_frl"], say'))
    repeated = sorted({name for name in options.features if options.features.count(name) > 1})
    found += [Fault("problem.features", f"names {name!r} twice", "Name every feature once") for name in repeated]
    if not 1 <= options.literals <= MOST_LITERALS:
        found.append(Fault("problem.literals", f"must be a whole number from 1 to {MOST_LITERALS}",
                           "A rule with more conditions cannot be searched exactly, nor be read by the public",
                           value=str(options.literals)))
    return found


def budget_faults(budget: BudgetOptions, where: str) -> list[Fault]:
    """Limits that mean nothing."""
    found = []
    for name, limit in budget.given.items():
        if limit < 0:
            found.append(Fault(f"{where}.{name}", "must not be negative", value=_shown(limit)))
        elif name == "fpr" and limit > 1:
            found.append(Fault(f"{where}.{name}", "is a share of all non-focal students and must lie between 0 and 1",
                               share_hint(limit) or "Use non_focal for a count", value=_shown(limit)))
    if not budget.given:
        found.append(Fault(where, "names no limit", "Give fpr, non_focal, students or blocks"))
    return found


def share_hint(number: Fraction) -> str:
    """What a number that should be a share was probably meant to be; 1.6 may be 0.16 as well as 0.016."""
    return f"did you mean {_shown(number / 100)}?" if 2 <= number <= 100 else ""


def _shown(number: Fraction) -> str:
    return f"{float(number):g}"
