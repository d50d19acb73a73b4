"""What a solver's own options may hold: a type, a range and a line of description each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from evenhand.errors import Fault, nearest
from evenhand.kernel.options_allowed import OptionRule

COMMON = ("name", "time_limit", "gap", "seed")


@frozen
class Option:
    """One entry of a solver's allow-list. Without a rule it takes any text."""

    rule: OptionRule | None
    doc: str

    def describe(self) -> str:
        return "text" if self.rule is None else self.rule.describe()

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) if self.rule is None else self.rule.accepts(value)


def count(doc: str, lower: int = 0, upper: int = 2**31 - 1) -> Option:
    """A whole number."""
    return Option(OptionRule("int", lower, upper), doc)


def number(doc: str, lower: float, upper: float) -> Option:
    """A number of a closed range."""
    return Option(OptionRule("float", lower, upper), doc)


def switch(doc: str) -> Option:
    """True or false."""
    return Option(OptionRule("bool"), doc)


def text(doc: str) -> Option:
    """Any text."""
    return Option(None, doc)


def word(doc: str, *words: str) -> Option:
    """One of a few words."""
    return Option(OptionRule("word", words=words), doc)


def described(allowed: Mapping[str, Option]) -> dict[str, str]:
    """The allow-list as ``Solver.options`` shows it."""
    return {name: f"{option.doc} ({option.describe()})" for name, option in allowed.items()}


def option_faults(solver: str, allowed: Mapping[str, Option], options: Mapping[str, Any]) -> list[Fault]:
    """Every option that is unknown, of the wrong type or out of its range."""
    faults = []
    for name, value in options.items():
        option = allowed.get(name)
        if option is None:
            faults.append(Fault(f"solver.{name}", f"the solver {solver} has no option of this name",
                                nearest(name, [*allowed, *COMMON])))
        elif not option.accepts(value):
            faults.append(Fault(f"solver.{name}", f"the solver {solver} does not take this value",
                                f"Give {option.describe()}", value=repr(value)))
    return faults
