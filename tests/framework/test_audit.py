"""The audit: a wrong answer is never returned, and every status means what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from attrs import frozen

import evenhand
from evenhand.certificates import Certificate, CertificateError, ClaimedCertificate, DualCertificate
from evenhand.errors import AuditError, InfeasibleError
from evenhand.shapes import Selection
from evenhand.solution import Candidate
from evenhand.solvers.base import Capabilities, Solver
from tests.framework import evenings, toy_domain
from tests.framework.evenings import audited, problem


@frozen(eq=False)
class Word(Certificate):
    """A bound that is called verified; None proves nothing; ``holds`` False: it does not hold."""

    kind: ClassVar[str] = "word"
    value: float | None
    holds: bool = True
    unfit: tuple[str, ...] = ()

    def bound(self, problem: Any) -> float | None:
        if not self.holds:
            raise CertificateError("a price is negative")
        return self.value

    def faults(self, problem: Any, allocation: Any) -> list[str]:
        return list(self.unfit)

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Word:
        return cls(data["value"])


def test_everything_is_recomputed() -> None:
    solution = audited(problem())
    assert (solution.status, solution.value, solution.bound, solution.gap) == ("feasible", 28.0, None, None)
    assert solution.terms == {"visitors_served": 28.0}
    assert solution.metrics == {"spent": 60.0, "cost_per_visitor": 60 / 28}
    assert solution.exit_code == 0


@pytest.mark.parametrize("claimed", [28.0 + 1e-6, 27.0, 0.0, float("nan")])
def test_a_wrong_value_is_refused(claimed: float) -> None:
    with pytest.raises(AuditError, match=r"by hand: claims the value .*the tables give 28\.0"):
        audited(problem(), value=claimed)


def test_rounding_of_a_value_is_no_disagreement() -> None:
    assert audited(problem(), value=28.0 + 1e-10).value == 28.0


def test_an_answer_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(AuditError, match=r"breaks 1 rule\(s\): budget: 40\.00 USD too much"):
        audited(problem(), "abcd")


def test_an_answer_that_is_no_decision_is_refused() -> None:
    made = problem()
    short = Selection(("a", "b")).allocation([True, False])
    with pytest.raises(AuditError, match="not a decision: the allocation has 2 entries for 4 items"):
        audited(made, allocation=short)


@pytest.mark.parametrize("kind", [Word, lambda bound: ClaimedCertificate(bound, "somebody")])
def test_a_bound_on_the_wrong_side_is_refused(kind: Any) -> None:
    with pytest.raises(AuditError, match=r"bound 27\.9 lies on the wrong side of the audited value 28\.0"):
        audited(problem(), certificates=[kind(27.9)])


def test_a_bound_on_the_wrong_side_is_refused_when_minimizing() -> None:
    made = problem(objective=[{"term": "extra_minutes"}])
    assert audited(made, certificates=[Word(23.0)]).bound == 23.0
    with pytest.raises(AuditError, match="wrong side"):
        audited(made, certificates=[Word(24.5)])


@pytest.mark.parametrize("kind", [Word, lambda bound: ClaimedCertificate(bound, "somebody")])
def test_a_bound_that_is_no_number_is_refused_and_an_infinite_one_is_none(kind: Any) -> None:
    with pytest.raises(AuditError, match="not a number"):
        audited(problem(), certificates=[kind(math.nan)])
    for endless in (math.inf, -math.inf):
        solution = audited(problem(), certificates=[kind(endless)])
        assert (solution.bound, solution.gap, solution.status) == (None, None, "feasible")
        assert solution.certificate is None


def test_a_term_that_cannot_be_measured_is_refused() -> None:
    class Nothing(toy_domain.VisitorsServed):
        name: ClassVar[str] = "nothing"

        def measure(self, problem: Any, allocation: Any) -> float:
            return math.nan

    with pytest.raises(AuditError, match="not a finite number"):
        audited(problem(objective=1.0 * Nothing()))


def test_a_bound_within_rounding_is_moved_onto_the_value() -> None:
    solution = audited(problem(), certificates=[Word(28.0 - 1e-12)])
    assert (solution.bound, solution.gap, solution.status) == (28.0, 0.0, "optimal")


def test_a_certificate_that_does_not_hold_is_refused() -> None:
    with pytest.raises(AuditError, match="the certificate 'word' does not hold: a price is negative"):
        audited(problem(), certificates=[Word(30.0), Word(29.0, holds=False)])


def test_a_certificate_that_does_not_fit_the_answer_is_refused() -> None:
    with pytest.raises(AuditError, match="does not fit the answer: the margins differ"):
        audited(problem(), certificates=[Word(30.0, unfit=("the margins differ",))])


@pytest.mark.parametrize("change", [{"duals": {"rules[budget].row": 0.5, "no such row": 1.0}}, {"digest": "0" * 64},
                                    {"formulation": "another"}])
def test_duals_of_another_model_are_refused(change: dict[str, Any]) -> None:
    made = problem()
    solution = evenhand.solve(made, solver="highs", registry=evenings.registry())
    good = solution.certificate
    assert isinstance(good, DualCertificate)
    bad = DualCertificate(**{"formulation": good.formulation, "digest": good.digest, "duals": good.duals, **change})
    with pytest.raises(AuditError, match="does not hold"):
        audited(made, certificates=[bad])


def test_duals_of_any_quality_bound_and_none_bounds_too_well() -> None:
    made = problem()
    good = evenhand.solve(made, solver="highs", registry=evenings.registry()).certificate
    assert isinstance(good, DualCertificate)
    for factor in (-1.0, 0.0, 0.3, 1.0, 1.7, 40.0):
        scaled = DualCertificate(good.formulation, good.digest, {name: factor * y for name, y in good.duals.items()})
        solution = audited(made, certificates=[scaled])
        assert solution.verified_bound is None or solution.verified_bound >= 28.0


# -- status ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bound", "status"), [(28.0, "optimal"), (28.2, "optimal"), (28.3, "feasible")])
def test_optimal_only_within_the_requested_gap(bound: float, status: str) -> None:
    solution = audited(problem(), gap=0.01, certificates=[Word(bound)])
    assert solution.status == status and solution.gap == pytest.approx((bound - 28) / 28)
    assert (solution.verified_bound, solution.claimed_bound) == (bound, None)


def test_both_bounds_are_kept_and_a_claim_that_closes_the_gap_is_told() -> None:
    solution = audited(problem(), certificates=[Word(31.0), ClaimedCertificate(28.0, "branch and bound"), Word(30.0)])
    assert (solution.bound, solution.verified_bound, solution.claimed_bound) == (28.0, 30.0, 28.0)
    assert solution.status == "optimal"
    assert isinstance(solution.certificate, Word) and solution.certificate.value == 30.0
    assert any("by hand claims" in notice for notice in solution.notices)
    quiet = audited(problem(), certificates=[Word(28.0), ClaimedCertificate(28.0, "branch and bound")])
    assert not any("claims" in notice for notice in quiet.notices)


def test_a_certificate_without_a_bound_is_kept_and_proves_nothing() -> None:
    solution = audited(problem(), certificates=[ClaimedCertificate(28.0, "somebody"), Word(None)])
    assert isinstance(solution.certificate, Word) and solution.verified_bound is None
    assert solution.status == "optimal" and solution.bound == 28.0


def test_no_answer_is_no_solution_and_keeps_its_bound() -> None:
    solution = audited(problem(), None, certificates=[Word(33.0)])
    assert (solution.status, solution.value, solution.bound, solution.exit_code) == ("no_solution", None, 33.0, 4)


def test_infeasible_says_whose_word_it_is() -> None:
    solution = audited(problem(), None, infeasible=InfeasibleError("nothing fits", conflict=["budget"]))
    assert solution.status == "infeasible" and solution.exit_code == 3
    assert any("the word of the solver" in notice for notice in solution.notices)


def test_infeasible_with_a_proof_that_holds_needs_no_word() -> None:
    made = problem(budget=0, constraints=[{"rule": "budget"}, {"rule": "every_area", "least": 1}])
    solution = evenhand.solve(made, solver="highs", registry=evenings.registry())
    assert solution.status == "infeasible" and solution.infeasible is not None
    assert solution.infeasible.proof["kind"] == "farkas"
    assert not any("word of the solver" in notice for notice in solution.notices)
    forged = {**solution.infeasible.proof, "duals": {}}
    assert not made.recheck_infeasible(forged)


class Old(Solver):
    """Opens everything, whatever it costs."""

    name: ClassVar[str] = "old"
    capabilities: ClassVar[Capabilities] = Capabilities(comparison=True)

    def solve(self, problem: Any, limits: Any) -> Candidate:
        return Candidate(allocation=problem.shape.allocation([True] * 4), comparison=True,
                         certificates=[Word(30.0)])


class Cheat(Old):
    """Claims to be a method kept for comparison without being registered as one."""

    name: ClassVar[str] = "cheat"
    capabilities: ClassVar[Capabilities] = Capabilities()


def test_violates_is_for_methods_kept_for_comparison_alone() -> None:
    known = evenings.registry(evenings.adding("register_solvers", (Old(),), (Cheat(),)))
    solution = evenhand.solve(evenings.tree(), solver="old", registry=known)
    assert solution.status == "violates" and solution.exit_code == 4
    assert [violation.rule for violation in solution.violations] == ["budget"]
    assert solution.value == 42.0 and solution.bound == 30.0 and solution.gap is None, (
        "the bound speaks of answers that keep the rules: it is neither refused nor compared")
    with pytest.raises(AuditError, match="cheat: the answer breaks 1 rule"):
        evenhand.solve(evenings.tree(), solver="cheat", registry=known)


def test_a_comparison_that_keeps_the_rules_is_an_answer_like_any_other() -> None:
    solution = audited(problem(), "d", comparison=True)
    assert solution.status == "feasible" and not solution.violations


# -- a domain's own exact test --------------------------------------------------------------------------------------


def judged(monkeypatch: pytest.MonkeyPatch, found: list[str] | None) -> Any:
    """A problem whose domain compares exactly, and finds this."""
    made = problem()
    monkeypatch.setattr(type(made), "improvements", lambda self, allocation: found)
    return made


def test_an_exact_test_outdoes_any_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    near = audited(judged(monkeypatch, ["moving a visitor would be better"]), certificates=[Word(28.0)], gap=0.5)
    assert (near.status, near.gap) == ("feasible", 0.0)
    assert "moving a visitor would be better" in near.notices


def test_what_is_proven_exactly_meets_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    made = judged(monkeypatch, [])
    best = audited(made, certificates=[Word(28.0 + 1e-12)], gap=0.0)
    assert (best.status, best.bound, best.verified_bound, best.gap) == ("optimal", 28.0, 28.0, 0.0)
    # Nothing is called verified that no certificate shows.
    claimed = audited(made, certificates=[ClaimedCertificate(28.5, "by hand")], gap=0.0)
    assert (claimed.status, claimed.verified_bound) == ("feasible", None)
