"""The exception tree: every error a user can meet is an :class:`EvenhandError` with words and an exit code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from attrs import asdict, frozen


@frozen
class Fault:
    """One thing wrong with a table, a spec or an option: where it is, what was found, how to cure it.

    ``row`` is the 1-based number of the data row (the header is not counted); ``where`` is the path in a
    spec (``problem.max_groups``) or the name of a table.
    """

    where: str
    message: str
    cure: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = self.where
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column!r}"
        text = f"{place}: {self.message}"
        if self.value is not None:
            text += f" (found {self.value!r})"
        if not self.cure:
            return text
        return f"{text}; {self.cure}" if self.cure[0].islower() else f"{text}. {self.cure}"

    def to_json(self) -> dict[str, object]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


class EvenhandError(Exception):
    """Root of the tree. ``exit_code`` is what the command line ends with."""

    exit_code = 2

    def to_json(self) -> dict[str, object]:
        return {"error": type(self).__name__, "message": str(self), "exit_code": self.exit_code}


class InputError(EvenhandError):
    """Bad spec, data or option: carries every fault found, not only the first."""

    title = "The input has faults"

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(str(self))

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        lines = [f"{self.title} ({len(self.faults)}):", *(f"  - {fault}" for fault in self.faults)]
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "faults": [fault.to_json() for fault in self.faults]}


class SpecError(InputError):
    """The spec (TOML or its Python tree) has faults."""

    title = "The spec has faults"


class DataError(InputError):
    """One or more input tables have faults."""

    title = "The tables have faults"


class UnknownNameError(SpecError):
    """A domain, term, rule or solver that nobody registered."""


class SolverUnavailableError(EvenhandError):
    """The solver is known but not installed; the message says how to install it."""


class SolverUnsuitableError(EvenhandError):
    """The solver cannot take this problem (shape, size, or a term it cannot express)."""


class PluginError(EvenhandError):
    """A plugin is broken, incompatible, or two plugins claim one name."""


class OutputError(EvenhandError):
    """The output folder cannot be written or already holds another run."""


class NoSolutionError(EvenhandError):
    """No allocation that keeps the rules was found (which proves nothing)."""

    exit_code = 4


class InfeasibleError(EvenhandError):
    """Proven: no allocation keeps the rules. ``conflict`` names the rules, ``relief`` what would have to give."""

    exit_code = 3

    def __init__(self, message: str, *, conflict: Sequence[str] = (), relief: Sequence[str] = (),
                 proof: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.conflict = tuple(conflict)
        self.relief = tuple(relief)
        self.proof = dict(proof or {})

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "conflict": list(self.conflict), "relief": list(self.relief)}


class AuditError(EvenhandError):
    """A recomputed value, rule or bound disagrees with what a solver claimed: a defect, never a user's mistake."""

    exit_code = 5


class VerificationError(EvenhandError):
    """A written result does not stand up to recomputation, or a file was altered."""

    exit_code = 5

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["Verification failed:", *(f"  - {problem}" for problem in self.problems)]))

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "problems": list(self.problems)}


def nearest(name: str, known: Iterable[str]) -> str:
    """A cure that names the nearest known name, or lists what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if names else "none are known"
