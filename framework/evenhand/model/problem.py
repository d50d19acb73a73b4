"""Problem: one validated instance - tables, options, objective, constraints. Frozen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from evenhand.errors import Fault, InfeasibleError
from evenhand.model.constraint import Constraint, Violation, rule_labels
from evenhand.model.formulation import Formulation, shape_variables
from evenhand.model.objective import Objective

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.certificates.base import Certificate
    from evenhand.model.domain import Domain
    from evenhand.model.view import View
    from evenhand.shapes import Allocation, Shape
    from evenhand.solution import Solution
    from evenhand.tables import Table, TableSchema


@frozen(eq=False, kw_only=True, slots=False)
class Problem(ABC):
    """One validated instance of a domain.

    A domain subclasses it, adds what it derives from the tables (``functools.cached_property`` works), and says
    what its shape is. Only :meth:`shape` has no default. Everything a subclass computes comes from ``tables`` and
    ``options`` alone, so that a stranger who rebuilds the problem from the files gets the same numbers.

    Attributes
    ----------
    domain : the registered Domain.
    tables : validated tables by name.
    options : the domain's frozen options class (``[problem]``).
    objective, constraints : what is asked for, and the rules that were listed (or the domain's defaults).
    sections : the domain's own spec sections, structured.
    notices : remarks of reading and checking, shown with the result.
    spec : the :class:`evenhand.spec.tree.Spec` it was built from: what is written beside a result.
    """

    domain: Domain
    tables: Mapping[str, Table]
    options: Any
    objective: Objective
    constraints: tuple[Constraint, ...] = ()
    sections: Mapping[str, Any] = field(factory=dict)
    notices: tuple[str, ...] = ()
    spec: Any = None

    # -- what a domain says before a problem exists ------------------------------------------------------------

    @classmethod
    def schemas(cls, domain: Domain, options: Any) -> Sequence[TableSchema]:
        """The tables' schemas once the options are known (options may name columns)."""
        return domain.tables

    @classmethod
    def check_options(cls, options: Any) -> list[Fault]:
        """Faults of the options among themselves."""
        return []

    @classmethod
    def check_input(cls, options: Any, tables: Mapping[str, Table], sections: Mapping[str, Any]) -> list[Fault]:
        """Faults that need options and tables together. All of them, never only the first."""
        return []

    @classmethod
    def default_objective(cls, options: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Terms (name, options) used when the spec lists none, each with weight 1."""
        return ()

    @classmethod
    def default_rules(cls, options: Any, tables: Mapping[str, Table]) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Rules (name, options) used when the spec lists none."""
        return ()

    @classmethod
    def lasting_rules(cls, listed: Sequence[str]) -> Sequence[str]:
        """Default rules that hold although the spec lists rules without naming them."""
        return ()

    # -- the problem itself ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """The space of decisions."""

    def check(self) -> list[Fault]:
        """Faults of terms and rules against the data; extend it for pairs of rules that exclude each other."""
        found = [fault for part in self.objective.parts for fault in part.term.check(self)]
        return found + [fault for constraint in self.constraints for fault in constraint.check(self)]

    def reading_notices(self) -> list[str]:
        """What was left out, clipped or filled while reading, with ids: nothing happens in silence."""
        return []

    def laws(self) -> tuple[Constraint, ...]:
        """Rules that always hold and cannot be listed or left out (a legal minimum, a number of groups)."""
        return ()

    def rules(self) -> dict[str, Constraint]:
        """Laws and rules by label, in the order of the model's blocks."""
        every = (*self.laws(), *self.constraints)
        return dict(zip(rule_labels(every), every, strict=True))

    def violations(self, allocation: Allocation) -> list[Violation]:
        """Everything this allocation breaks, universal checks of the shape first."""
        faults = self.shape.faults(allocation)
        if faults:
            return [Violation("shape", fault) for fault in faults]
        return [violation for rule in self.rules().values() for violation in rule.violations(self, allocation)]

    def formulations(self) -> tuple[Formulation, ...]:
        """Ways to write it in Pyomo, preferred first. The default is the shape's plain model."""
        return (Formulation("plain", "exact", shape_variables, doc="the shape's own variables"),)

    def feasibility_formulation(self) -> Formulation | None:
        """The formulation ``explain`` asks: it must be infeasible exactly when the problem is. None: no such model."""
        return next((f for f in self.formulations() if f.honesty == "exact"), None)

    def proven_infeasible(self) -> InfeasibleError | None:
        """The domain's own exact test, made before any solver runs. None says nothing."""
        return None

    def recheck_infeasible(self, proof: Mapping[str, Any]) -> bool:
        """Whether a stored proof of infeasibility still holds, from raw tables; no solver runs."""
        if proof.get("kind") == "farkas":
            from evenhand.model.farkas import holds

            return holds(self, proof)
        return self.proven_infeasible() is not None

    def auto_solvers(self) -> Sequence[str]:
        """Solvers ``auto`` tries in order; the first that is installed and takes the problem is used."""
        return ("highs",)

    def walk(self, seed: int) -> Any | None:
        """A compiled walk (see ``evenhand.solvers.walk.Walk``) for the searches, or None for the general one."""
        return None

    def cheap_bound(self) -> Certificate | None:
        """A certificate that costs little, for answers of solvers that bring none."""
        return None

    def own_proof(self, allocation: Allocation) -> Certificate | None:
        """The domain's own proof that no allocation is better than this one, whoever found it; None without one.

        It takes the place of the duals or the word that a solver brought.
        """
        return None

    def improvements(self, allocation: Allocation) -> list[str] | None:
        """What contradicts, by an exact test of the domain's own, that no allocation is better, in sentences.

        None: there is no such test, and value and bound decide. An empty list: proven best, whatever a sum of floats
        says. Anything else: not the best, however small the gap is.
        """
        return None

    def attainable(self, bound: float) -> float:
        """A bound moved onto the nearest value an allocation can have (whole students, say), never beyond one.

        The default leaves it. Only for objectives whose values are exact doubles on a known grid.
        """
        return bound

    # -- what is shown -----------------------------------------------------------------------------------------

    def metrics(self, allocation: Allocation) -> dict[str, Any]:
        """Measured, not optimized. Undefined quotients are None, never 0 or NaN."""
        return {}

    def remarks(self, allocation: Allocation) -> list[str]:
        """Notices that depend on the answer."""
        return []

    def allocation_table(self, allocation: Allocation) -> pd.DataFrame:
        """The allocation in the order of the input rows. The default has the shape's two columns."""
        import pandas as pd

        return pd.DataFrame({"item": self.shape.items, "decision": self.shape.cells(allocation)}, dtype=object)

    def read_allocation(self, frame: pd.DataFrame) -> Allocation:
        """Inverse of :meth:`allocation_table` (columns as text). Raises ``ValueError`` for what it cannot read."""
        return self.shape.from_cells(frame["decision"].tolist())

    def output_tables(self, solution: Solution) -> dict[str, pd.DataFrame]:
        """Further tables by file name (``groups.csv``); recomputed and compared byte for byte by ``verify``."""
        return {}

    def view(self, solution: Solution) -> View:
        """What the report shows: one plain sentence, figures, tables."""
        from evenhand.model.view import View

        return View()
