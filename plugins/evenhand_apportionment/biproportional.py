"""The certificate of a biproportional division: multipliers of rows and columns, checked in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from evenhand.certificates import Certificate, CertificateError, DualCertificate
from evenhand_apportionment.certificate import StatedCertificate, statement
from evenhand_apportionment.classic.biproportional.checking import matrix_bound

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.shapes import Allocation
    from evenhand_apportionment.matrix import Multipliers
    from evenhand_apportionment.problem import ApportionmentProblem


@frozen(eq=False)
class MultipliersCertificate(StatedCertificate):
    """Multipliers x, y with ``a - 1/2 <= V x y <= a + 1/2`` in every cell with votes, and exact row and column sums.

    They are the duals of the integral linear programme, and bound it for any positive values.
    """

    kind: ClassVar[str] = "dual"
    form: ClassVar[str] = "products"

    rows: Mapping[str, Fraction]
    columns: Mapping[str, Fraction]

    @classmethod
    def of(cls, problem: ApportionmentProblem, allocation: Allocation | None = None,
           multipliers: Multipliers | None = None) -> Self:
        """The certificate of an answer that these multipliers prove; by default of the problem's own."""
        matrix = problem.matrix
        weight = sum(part.weight for part in problem.objective.parts)
        if allocation is None or multipliers is None:
            answer = matrix.answer
            allocation = problem.outer(matrix.cells(answer.units))
            multipliers = answer.row_multipliers, answer.column_multipliers
        found = multipliers
        value = problem.objective.measure(problem, allocation)[0]
        return cls(statement(problem), value, weight * _bound(problem, found)[0],
                   dict(zip(matrix.row_names, found[0], strict=True)),
                   dict(zip(matrix.column_names, found[1], strict=True)))

    def bound(self, problem: Problem) -> float | None:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        self._same_problem(apportionment)
        weight = sum(part.weight for part in problem.objective.parts)
        if weight < 0:
            raise CertificateError("multipliers bound no negative weight")
        try:
            bound, allowance = _bound(apportionment, self._found(apportionment))
        except (ValueError, OverflowError) as fault:
            raise CertificateError(str(fault)) from fault
        return self._agreed(weight * bound, weight * allowance)

    def _found(self, problem: ApportionmentProblem) -> Multipliers:
        matrix = problem.matrix
        for names, given, what in ((matrix.row_names, self.rows, "row"), (matrix.column_names, self.columns, "column")):
            if set(names) != set(given):
                raise CertificateError(f"it does not have one multiplier for every {what}")
        return tuple(self.rows[n] for n in matrix.row_names), tuple(self.columns[n] for n in matrix.column_names)

    def faults(self, problem: Problem, allocation: Allocation) -> list[str]:
        apportionment: ApportionmentProblem = problem  # type: ignore[assignment]
        matrix = apportionment.matrix
        found = matrix.faults(matrix.grid(allocation.array), self._found(apportionment))
        return self._value_faults(apportionment, allocation) + found

    def to_json(self) -> dict[str, Any]:
        return {**self._head(), "row_multipliers": {name: str(x) for name, x in self.rows.items()},
                "column_multipliers": {name: str(y) for name, y in self.columns.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self | Certificate:  # type: ignore[override]
        if "form" not in data:  # the duals of the Pyomo model, the core's form of the same kind
            return DualCertificate.from_json(data)
        try:
            rows, columns = ({str(name): Fraction(value) for name, value in data[key].items()}
                             for key in ("row_multipliers", "column_multipliers"))
            return cls(*cls._read_head(data), rows, columns)
        except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as fault:
            raise CertificateError(f"the certificate cannot be read: {fault}") from None


def _bound(problem: ApportionmentProblem, multipliers: Multipliers) -> tuple[float, float]:
    matrix = problem.matrix
    return matrix_bound(matrix.counts, matrix.row_units, matrix.column_units, *multipliers)
