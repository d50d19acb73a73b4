"""Explain: a smallest set of rules that conflict, and the least that each would have to give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import pytest
from attrs import frozen

import evenhand
from evenhand.errors import InfeasibleError, NoSolutionError, SpecError
from evenhand.explaining import Explanation, explain
from evenhand.model import Formulation, shape_variables
from evenhand.plugins import Registry, manager
from tests.framework import evenings
from tests.framework.evenings import problem
from tests.framework.toy_domain import Budget, Evenings, EveryArea
from tests.plugins.cep.small_problems import tree as cep_tree
from tests.plugins.cep.small_problems import typed

BOTH = [{"rule": "budget"}, {"rule": "every_area"}]


@frozen
class AtMost(evenhand.Constraint):
    """No more than so many libraries."""

    name, unit, doc = "at_most", "libraries", "no more than so many libraries"
    number: int = 1

    def violations(self, problem: Any, allocation: Any) -> list[evenhand.Violation]:
        over = int(allocation.array.sum()) - self.number
        return [evenhand.Violation(self.name, f"{over} too many", float(over))] if over > 0 else []

    def apply(self, problem: Any, build: Any, block: Any) -> None:
        import pyomo.environ as pyo

        block.row = pyo.Constraint(expr=sum(build.model.x.values()) <= self.number)


def test_rules_that_can_be_kept() -> None:
    found = explain(problem(constraints=BOTH))
    assert found == Explanation(False, found.message) and "can be kept together" in found.text()
    assert found.to_json() == {"infeasible": False, "message": found.message, "conflict": [], "smallest": True,
                               "relief": []}


def test_a_budget_that_is_too_small_and_by_how_much() -> None:
    """The cheapest library of the north costs 10, of the south 30: 40 are needed, 25.50 are there."""
    found = explain(problem(budget="25.50", constraints=BOTH))
    assert found.infeasible and found.smallest and set(found.conflict) == {"budget", "every_area"}
    assert "budget: 14.50 USD more" in found.relief
    assert any(text.startswith("every_area: would have to give by 1 libraries") for text in found.relief)
    evenhand_says = evenhand.solve(problem(budget="40.00", constraints=BOTH), registry=evenings.registry())
    assert evenhand_says.status == "optimal" and evenhand_says.value == 14.0, "the relief is enough"


def test_rules_without_a_part_in_the_conflict_are_not_named() -> None:
    rules = [AtMost(3), Budget(), EveryArea(), AtMost(4)]
    found = explain(problem(budget=25, constraints=rules))
    assert set(found.conflict) == {"budget", "every_area"}


def test_the_smallest_of_two_conflicts_is_found_and_labels_tell_twins_apart() -> None:
    rules = [EveryArea(2), Budget(), AtMost(4), AtMost(3)]
    found = explain(problem(budget=99, constraints=rules))
    assert found.smallest and len(found.conflict) == 2 and "every_area" in found.conflict
    assert set(found.conflict) <= {"every_area", "budget", "at_most_2"}
    alone = explain(problem(budget=1000, constraints=[EveryArea(3)]))
    assert alone.conflict == ("every_area",) and "every_area: would have to give by 2" in alone.relief[0]


def test_the_words_of_an_explanation() -> None:
    text = explain(problem(budget=0, constraints=BOTH)).text().splitlines()
    assert text[0] == "No allocation keeps all the rules."
    assert text[1].startswith("Smallest set of rules that conflict: ")
    assert text[2] == "Any one of these would be enough:" and "  - budget: 40.00 USD more" in text[3:]


class Told(Evenings):
    """A domain with a test of its own: in full words, or without relief."""

    relief: ClassVar[Sequence[str]] = ("a rich uncle",)

    def proven_infeasible(self) -> InfeasibleError | None:
        return InfeasibleError("The city is broke.", conflict=["budget"], relief=self.relief)


class ToldByHalf(Told):
    relief: ClassVar[Sequence[str]] = ()


def with_class(cls: type[Evenings], **values: Any) -> Evenings:
    made = problem(**values)
    return cls(**{item.name: getattr(made, item.name) for item in attrs.fields(type(made))})


def test_the_domains_own_words_come_first() -> None:
    full = explain(with_class(Told, budget=0, constraints=BOTH))
    assert (full.message, full.conflict, full.relief) == ("The city is broke.", ("budget",), ("a rich uncle",))
    half = explain(with_class(ToldByHalf, budget=0, constraints=BOTH))
    assert half.message == "The city is broke." and set(half.conflict) == {"budget", "every_area"} and half.relief


def test_without_a_formulation_that_decides_it_is_said_not_to_be_known() -> None:
    class Undecided(Evenings):
        def formulations(self) -> tuple[Formulation, ...]:
            return (Formulation("half", "restriction", shape_variables),)

    with pytest.raises(NoSolutionError, match=r"not known: .*no formulation that decides it"):
        explain(with_class(Undecided, budget=0, constraints=BOTH))


def test_specs_trees_and_overrides(tmp_path: Any) -> None:
    known = evenings.registry()
    path = evenings.write_spec(tmp_path)
    assert not explain(path, overrides=["problem.budget=1600.4"], registry=known).infeasible
    found = explain(path, registry=known, overrides=["problem.budget=1000"])
    assert "budget: 150.15 USD more" in found.relief, "380 + 295.25 + 199.90 + 275 are needed: 1150.15 less 1000"
    assert explain(evenings.tree(BOTH, problem={"budget": 0}), registry=known).infeasible
    with pytest.raises(SpecError):
        explain(path, overrides=["problem.budgte=1"], registry=known)


# -- cep ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cep() -> Registry:
    import evenhand_cep

    return manager([("cep", evenhand_cep)], discover=False)


def town(**shares: int) -> Any:
    """Schools of 100 students; ``a=30``: 30 of them identified."""
    return typed([{"school": name, "enrolled": 100, "identified": share} for name, share in shares.items()])


def test_cep_not_enough_identified_students(cep: Registry) -> None:
    """90 of 300 are identified and 120 are needed; without c it is 80 of 200, which is 40 percent."""
    found = explain(cep_tree(town(a=30, b=50, c=10), max_groups=2, min_isp="0.40"), registry=cep)
    assert found.infeasible and set(found.conflict) == {"minimum_isp", "all_participate"}
    assert any("30.00 identified students are missing" in text for text in found.relief)
    assert any(text.startswith("all_participate: let 1 school stay out") for text in found.relief)


def test_cep_schools_apart_and_too_few_groups(cep: Registry) -> None:
    apart = [{"rule": "different_group", "schools": ["a", "b", "c"]}]
    found = explain(cep_tree(town(a=50, b=50, c=50), apart, max_groups=2, min_isp="0.40"), registry=cep)
    assert set(found.conflict) == {"different_group", "max_groups", "all_participate"}
    assert "max_groups: allow 1 more" in found.relief
    assert not explain(cep_tree(town(a=50, b=50, c=50), apart, max_groups=3, min_isp="0.40"), registry=cep).infeasible


def test_cep_together_and_apart(cep: Registry) -> None:
    rules = [{"rule": "same_group", "schools": ["a", "b"]}, {"rule": "different_group", "schools": ["a", "b"]}]
    found = explain(cep_tree(town(a=50, b=50), rules, max_groups=2, min_isp="0.40"), registry=cep)
    assert set(found.conflict) == {"same_group", "different_group", "all_participate"}
    free = explain(cep_tree(town(a=50, b=50), [*rules, {"rule": "may_stay_out"}], max_groups=2, min_isp="0.40"),
                   registry=cep)
    assert not free.infeasible, "both may stay out"
