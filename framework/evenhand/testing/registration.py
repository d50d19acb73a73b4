"""Checks of what is registered: everything is described, and a misspelt name is answered with the right one."""

from __future__ import annotations

from collections.abc import Iterable
from unittest import SkipTest

import attrs

from evenhand.errors import InputError
from evenhand.spec.build import build_problem
from evenhand.spec.options import describe
from evenhand.spec.tree import ConstraintEntry, ObjectiveEntry, Spec
from evenhand.testing.bench import Bench


class RegistrationChecks(Bench):
    """The words a user reads in ``evenhand domains``, ``terms`` and ``solvers``."""

    def test_the_domain_is_described(self) -> None:
        domain = self.described()
        assert domain.title and domain.summary, f"{domain.name}: title and summary are what people read"
        for schema in domain.tables:
            self._none_silent(f"table {schema.name}", ((column.name, column.doc) for column in schema.columns))
        self._none_silent("problem", ((option.name, option.doc) for option in describe(domain.options)))
        for name, section in domain.sections.items():
            self._none_silent(name, ((option.name, option.doc) for option in describe(section)))

    def test_terms_rules_and_solvers_are_described(self) -> None:
        registry = self.registry()
        terms, rules = registry.terms.get(self.domain, {}), registry.rules.get(self.domain, {})
        assert terms, f"{self.domain}: no term is registered"
        for name, term in terms.items():
            assert term.sense in ("maximize", "minimize"), f"{name}: the sense is maximize or minimize"
            assert term.unit, f"{name}: no unit"
        self._none_silent("terms", ((name, term.doc) for name, term in terms.items()))
        self._none_silent("rules", ((name, rule.doc) for name, rule in rules.items()))
        for name, part in [*terms.items(), *rules.items()]:
            self._none_silent(name, ((option.name, option.doc) for option in describe(part)))
        own = [solver for (owner, _), solver in registry.solvers.items() if owner == self.domain]
        self._none_silent("solvers", ((solver.name, solver.doc) for solver in own))
        for solver in own:
            self._none_silent(solver.name, solver.options.items())

    @staticmethod
    def _none_silent(where: str, entries: Iterable[tuple[str, str]]) -> None:
        silent = [name for name, doc in entries if not doc.strip()]
        assert not silent, f"{where}: without a description: {', '.join(silent)}"

    def test_misspelt_names_are_all_answered_at_once(self, case: str) -> None:
        spec = self.spec(case)
        options = [option.name for option in describe(self.described().options)]
        known = self.registry()
        term, rule = (next(iter(names.get(self.domain, {})), "") for names in (known.terms, known.rules))
        if not (options and rule):
            raise SkipTest("the domain has no options or no rules to misspell")
        misspelt = attrs.evolve(
            spec, problem={**spec.problem, f"{options[0]}x": 1}, objective=(ObjectiveEntry(f"{term}x"),),
            constraint=(ConstraintEntry(f"{rule}x"),), solver=attrs.evolve(spec.solver, name="higs", options={}))
        said = self._faults(misspelt)
        for name, right in ((f"problem.{options[0]}x", options[0]), (f"{term}x", term), (f"{rule}x", rule),
                            ("higs", "highs")):
            assert any(name in fault and f"did you mean {right!r}" in fault.lower() for fault in said), (
                f"{name}: no fault names {right!r}; said: {said}")

    def _faults(self, spec: Spec) -> list[str]:
        try:
            build_problem(spec, self.registry())
        except InputError as error:
            return [str(fault) for fault in error.faults]
        raise AssertionError("a spec with misspelt names was accepted")
