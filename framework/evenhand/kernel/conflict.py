"""Which named rules cannot all hold together: the smallest such set, where that can be decided.

Smallest sets are found by the duality between conflicts and corrections: every conflict must contain a rule of every
set of rules whose removal makes the model feasible (A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, "Smallest
MUS extraction with minimal hitting set dualization", CP 2015). A smallest set of rules that hits all corrections seen
is either a conflict, and then no smaller one exists, or feasible, and then it yields a new correction.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp
from attrs import frozen

from evenhand.errors import NoSolutionError
from evenhand.kernel.guarded_run import Stop
from evenhand.kernel.highs import HighsSession
from evenhand.kernel.linear_model import FloatArray, LinearModel
from evenhand.kernel.rules import RuleGroups, RuleTable

# Above this many rules the search for the smallest conflict can take very long; an irreducible one is returned.
SMALLEST_UP_TO = 30
_TOLERANCE = 1e-7


@frozen
class Conflict:
    """Rules that cannot all hold together.

    Parameters
    ----------
    rules
        In the order they were given. Empty when the model has no solution even without any named rule.
    smallest
        True when no conflict has fewer rules.
    irreducible
        True when the conflict vanishes whichever of its rules is dropped.
    """

    rules: tuple[str, ...]
    smallest: bool
    irreducible: bool


def smallest_conflict(model: LinearModel, groups: RuleGroups, *, stop: Stop | None = None,
                      time_limit: float | None = None, options: Mapping[str, object] | None = None
                      ) -> tuple[str, ...] | None:
    """The rules of :func:`find_conflict`, or None when the model has a solution."""
    conflict = find_conflict(model, groups, stop=stop, time_limit=time_limit, options=options)
    return None if conflict is None else conflict.rules


def find_conflict(model: LinearModel, groups: RuleGroups, *, stop: Stop | None = None, time_limit: float | None = None,
                  options: Mapping[str, object] | None = None) -> Conflict | None:
    """A smallest set of rules that cannot all hold; None when all can.

    Parameters
    ----------
    groups
        Rows (and column bounds) per rule. Everything that belongs to no rule always holds.
    time_limit
        Seconds for the whole search. When it (or ``stop``) ends the search early, the smallest conflict known so far is
        returned with ``smallest`` False.
    options
        HiGHS options for every solve.

    Raises
    ------
    NoSolutionError
        When it could not even be decided whether all the rules can hold together.
    """
    table = RuleTable.of(model, groups)
    oracle = _Oracle(table, stop, time_limit, options)
    everything = (1 << len(table.names)) - 1
    feasible = oracle.feasible(everything)
    if feasible is None:
        raise NoSolutionError("It could not be decided in time whether the rules can all hold together; "
                              "allow more time.")
    if feasible:
        return None
    if oracle.feasible(0) is False:
        return Conflict((), smallest=True, irreducible=True)
    reduced, irreducible = _deletion_filter(oracle, everything)
    if len(table.names) > SMALLEST_UP_TO:
        return Conflict(oracle.names(reduced), smallest=reduced.bit_count() == 1, irreducible=irreducible)
    corrections: list[int] = []
    while True:
        hitting = _smallest_hitting_set(corrections)
        # No conflict is smaller than a smallest hitting set.
        if hitting.bit_count() == reduced.bit_count():
            return Conflict(oracle.names(reduced), smallest=True, irreducible=True)
        feasible = oracle.feasible(hitting)
        if feasible is None:
            return Conflict(oracle.names(reduced), smallest=False, irreducible=irreducible)
        if not feasible:
            return Conflict(oracle.names(hitting), smallest=True, irreducible=True)
        correction = oracle.correction(hitting)
        if correction is None:
            return Conflict(oracle.names(reduced), smallest=False, irreducible=irreducible)
        corrections.append(correction)


def _deletion_filter(oracle: _Oracle, rules: int) -> tuple[int, bool]:
    """Drop rules one by one as long as the rest is still a conflict; whether every remaining one was proven needed."""
    decided = True
    for position in reversed(range(rules.bit_length())):
        bit = 1 << position
        feasible = oracle.feasible(rules & ~bit)
        if feasible is False:
            rules &= ~bit
        decided = decided and feasible is not None
    return rules, decided


def _smallest_hitting_set(sets: list[int]) -> int:
    """A smallest bit set that meets every one of ``sets`` (all non-empty), by deepening search."""
    size = 0
    while True:
        found = _hit(sets, 0, size)
        if found is not None:
            return found
        size += 1


def _hit(sets: list[int], chosen: int, allowed: int) -> int | None:
    missed = [candidate for candidate in sets if not candidate & chosen]
    if not missed:
        return chosen
    if allowed == 0:
        return None
    branch = min(missed, key=int.bit_count)
    for position in range(branch.bit_length()):
        if branch >> position & 1:
            found = _hit(missed, chosen | 1 << position, allowed - 1)
            if found is not None:
                return found
    return None


class _Oracle:
    """Says whether a set of rules (as bits) can hold together, remembering answers and the points that showed it."""

    def __init__(self, table: RuleTable, stop: Stop | None, time_limit: float | None,
                 options: Mapping[str, object] | None) -> None:
        self._table = table
        self._model = table.model
        self._by_row = sp.csr_array(table.model.matrix)
        self._stop, self._options = stop, options
        self._end = None if time_limit is None else time.monotonic() + time_limit
        self._session: HighsSession | None = None
        self._known: dict[int, bool] = {}
        self._held: dict[int, int] = {}

    def names(self, rules: int) -> tuple[str, ...]:
        return tuple(name for position, name in enumerate(self._table.names) if rules >> position & 1)

    def feasible(self, rules: int) -> bool | None:
        """None when it was not decided before the end of the time or the stop."""
        if rules in self._known:
            return self._known[rules]
        for other, answer in self._known.items():
            # Fewer rules than a feasible set are feasible; more than a conflict are a conflict.
            if (answer and rules & ~other == 0) or (not answer and other & ~rules == 0):
                return answer
        remaining = None if self._end is None else self._end - time.monotonic()
        if (remaining is not None and remaining <= 0.0) or (self._stop is not None and self._stop()):
            return None
        session = self._with_only(rules)
        result = session.solve(time_limit=remaining, stop=self._stop, options=self._options)
        if result.abandoned:
            self._session = None
        if result.status == "infeasible":
            self._known[rules] = False
            return False
        if result.values is None:
            return None
        self._known[rules | self._kept_by(result.values)] = True
        self._known[rules] = True
        self._held[rules] = rules | self._kept_by(result.values)
        return True

    def correction(self, rules: int) -> int | None:
        """All rules outside a largest-by-inclusion feasible set that contains ``rules``; None when undecided."""
        everything = (1 << len(self._table.names)) - 1
        inside = self._held.get(rules, rules)
        for position in range(len(self._table.names)):
            bit = 1 << position
            if not inside & bit:
                feasible = self.feasible(inside | bit)
                if feasible is None:
                    return None
                if feasible:
                    inside = self._held.get(inside | bit, inside | bit)
        return everything & ~inside

    def _with_only(self, rules: int) -> HighsSession:
        model = self._model
        if self._session is None:
            self._session = HighsSession(model)
            self._session.set_costs(np.zeros(model.columns))
        rows, columns = self._table.kept(self.names(rules))
        self._session.set_row_bounds(np.arange(model.rows), np.where(rows, model.row_lower, -np.inf),
                                     np.where(rows, model.row_upper, np.inf))
        self._session.set_bounds(np.arange(model.columns), np.where(columns, model.column_lower, -np.inf),
                                 np.where(columns, model.column_upper, np.inf))
        return self._session

    def _kept_by(self, values: FloatArray) -> int:
        """Rules that a point keeps within the solver's tolerance."""
        model = self._model
        activity = self._by_row @ values
        row_kept = (activity >= model.row_lower - _TOLERANCE) & (activity <= model.row_upper + _TOLERANCE)
        column_kept = (values >= model.column_lower - _TOLERANCE) & (values <= model.column_upper + _TOLERANCE)
        rules = 0
        for position, part in enumerate(self._table.parts.values()):
            if bool(row_kept[part.rows].all()) and bool(column_kept[part.columns].all()):
                rules |= 1 << position
        return rules
