"""The best rule of a class: single literals, ANDs, ORs and small mixed trees, over every threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from attrs import define

from evenhand_tiebreaker.literals.feature import Feature, Ints, Mask
from evenhand_tiebreaker.literals.rule import Rule
from evenhand_tiebreaker.literals.search.answer import RuleAnswer, Step
from evenhand_tiebreaker.literals.search.axes import Axis, Weights, make_axes, make_weights, whole_column
from evenhand_tiebreaker.literals.search.bound import key_bound, knapsacks
from evenhand_tiebreaker.literals.search.branch import Branch
from evenhand_tiebreaker.literals.search.candidates import NOTHING, Best, Checker, Found, Pool
from evenhand_tiebreaker.literals.search.count import count_cells, count_rules
from evenhand_tiebreaker.literals.search.scan import Scan, StopError
from evenhand_tiebreaker.literals.search.ties import tie_splits

DIRECTIONS = ("at_least", "both")


def best_rule(
    features: Sequence[Feature],
    focal: npt.ArrayLike,
    other: npt.ArrayLike,
    eligible: npt.ArrayLike,
    *,
    literals: int = 2,
    directions: str = "at_least",
    budgets: Mapping[str, int] | None = None,
    values: npt.ArrayLike | None = None,
    feasible: Callable[[Mask], bool] | None = None,
    max_candidates: int = 10_000,
    stop: Callable[[], bool] | None = None,
    max_cells: int = 20_000_000_000,
) -> RuleAnswer:
    """Find the rule of at most ``literals`` literals that reaches the most within the budgets, over all thresholds.

    Among equally good rules: fewest non-focal students, then fewest literals, then the order of ``features`` (single
    literals, "and" before "or" before mixed trees over the same features), then the stricter thresholds.

    Parameters
    ----------
    features
        Columns of n blocks each; thresholds are the values found in eligible blocks.
    focal, other
        Shape (n,): whole numbers of focal and non-focal students.
    eligible
        Shape (n,): the blocks a rule may choose.
    directions
        ``"at_least"``: literals are ``feature ≥ t``; ``"both"``: also ``feature ≤ t``, so intervals too.
    budgets
        Limits on ``other``, ``students`` and ``blocks`` over the chosen blocks; all given ones hold.
    values
        Shape (n,): whole numbers to maximize, of any sign, instead of ``focal``.
    feasible
        Called with a choice, shape (n,); a rule whose choice it refuses is out. Rules are tried from the best down.
    max_candidates
        Most distinct choices asked about, and most rules kept, for each number of literals. If that does not suffice,
        the answer is not ``exact``.
    stop
        Asked often; True ends the search with the best so far, not ``exact``.
    max_cells
        If trees of three literals need more table cells than this, ANDs and ORs are searched by branch and bound, as
        they are for four and more, and mixed trees are left out of the class (``mixed`` False).

    Raises
    ------
    ValueError
        Columns of different lengths, two features of one name, numbers that are not whole, negative counts or budgets,
        an unknown option.
    OverflowError
        Sums that 64 bits cannot hold exactly.
    """
    if literals < 1 or directions not in DIRECTIONS or max_candidates < 1:
        raise ValueError(f"literals and max_candidates are at least 1, directions one of {', '.join(DIRECTIONS)}")
    members = np.asarray(eligible, dtype=bool)
    columns = {"focal": whole_column("focal", focal, len(members)), "other": whole_column("other", other, len(members))}
    gains = columns["focal"] if values is None else whole_column("values", values, len(members), signed=True)
    if short := [feature.name for feature in features if feature.ranks.shape != members.shape]:
        raise ValueError(f"features of another length: {', '.join(short)}")
    if len({feature.name for feature in features}) < len(features):
        raise ValueError("two features have the same name")
    own_gains = gains[members]
    weights = make_weights(own_gains, columns["focal"][members], columns["other"][members], budgets or {})
    search = _Search(
        axes=make_axes(features, directions, members, own_gains > 0 if feasible is None else None),
        weights=weights,
        check=Checker(feasible, members, max_candidates),
        stop=stop or (lambda: False),
        max_cells=max_cells,
    )
    steps = search.run(literals)
    return _answer(search, steps, features, members, columns, gains)


@define
class _Search:
    axes: Sequence[Axis]
    weights: Weights
    check: Checker
    stop: Callable[[], bool]
    max_cells: int
    incumbent: int = NOTHING
    found: Found | None = None
    exact: bool = True
    mixed: bool = True
    looked_at: int = 0

    def run(self, literals: int) -> list[tuple[int, Found | None]]:
        """Search with one more literal at a time; return the incumbent after each."""
        self.check.begin()
        if self.check(np.zeros(len(self.weights.keys), dtype=bool)):
            self.incumbent = 0  # nobody receives
        sizes = [len(axis.thresholds) for axis in self.axes]
        self.mixed = literals < 3 or count_cells(sizes) <= self.max_cells
        after = []
        for number in range(1, literals + 1):
            self.check.begin()
            found = self._tables(number) if number < 3 or (number == 3 and self.mixed) else self._branch(number)
            if found is not None:
                self.found, self.incumbent = found, found.key
            after.append((self.incumbent, self.found))
        return after

    def _tables(self, number: int) -> Found | None:
        floor = self.incumbent + 1
        collector: Best | Pool = Best(floor)
        if self.check.feasible is not None:
            collector = Pool(floor, self.check.most, self.check, self.axes)
        scan = Scan(self.axes, self.weights, collector, self.stop)
        try:
            scan.run(number)
        except StopError:
            self.exact = False
        self.looked_at += scan.looked_at
        found = collector.settle()
        if isinstance(collector, Pool) and found is None and (collector.dropped or self.check.exhausted):
            self.exact = False
        return found

    def _branch(self, number: int) -> Found | None:
        branch = Branch(self.axes, self.weights, self.check, self.stop, self.incumbent)
        try:
            branch.run(number)
        except StopError:
            self.exact = False
        self.looked_at += branch.looked_at
        return branch.found


def _answer(
    search: _Search,
    after: list[tuple[int, Found | None]],
    features: Sequence[Feature],
    eligible: Mask,
    columns: Mapping[str, Ints],
    gains: Ints,
) -> RuleAnswer:
    """Put the result together; every sum is taken anew from the table, not from the search."""
    steps = []
    for literals, (incumbent, found) in enumerate(after, 1):
        passed = incumbent != NOTHING
        value = search.weights.value(incumbent) if passed else None
        other = value * search.weights.scale - incumbent if value is not None else None
        steps.append(Step(literals, None if found is None else _rule(search, found), value, other))
    chosen = np.zeros(len(eligible), dtype=bool)
    rule = steps[-1].rule
    by_name = {feature.name: feature for feature in features}
    if rule is not None:
        chosen = rule.evaluate(by_name) & eligible
    value = int(gains[chosen].sum())
    everyone = np.ones(len(search.weights.keys), dtype=bool)
    top = search.weights.value(key_bound(search.weights, knapsacks(search.weights), everyone))
    return RuleAnswer(
        rule=rule,
        chosen=chosen,
        value=None if steps[-1].value is None else value,
        focal=int(columns["focal"][chosen].sum()),
        other=int(columns["other"][chosen].sum()),
        blocks=int(chosen.sum()),
        exact=search.exact,
        bound=value if search.exact and steps[-1].value is not None else top,
        mixed=search.mixed,
        rules=count_rules([axis.size for axis in search.axes], len(after), mixed=search.mixed),
        looked_at=search.looked_at,
        steps=tuple(steps),
        tie_splits=() if rule is None else tie_splits(rule, by_name, eligible),
        candidates=search.check.asked,
    )


def _rule(search: _Search, found: Found) -> Rule:
    return found.family.rule(search.axes, found.numbers)
