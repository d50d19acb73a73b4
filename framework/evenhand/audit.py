"""The audit: recompute everything from raw tables and only then make a Solution.

A disagreement between what a solver claims and what the tables say raises :class:`evenhand.errors.AuditError`:
a wrong answer is never returned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from evenhand.certificates.base import Certificate, CertificateError
from evenhand.errors import AuditError
from evenhand.model import Problem
from evenhand.solution import Candidate, RunRecord, Solution, Status, relative_gap

# Summation order may differ between a solver and the audit: this much of the value is rounding, not disagreement.
ROUNDING = 1e-9


def audit(problem: Problem, candidate: Candidate, run: RunRecord) -> Solution:
    """Turn a candidate into a Solution.

    Raises
    ------
    AuditError
        The allocation breaks a rule it was said to keep, its value is not the claimed one, a certificate does not
        hold, or a bound lies on the wrong side of the value.
    """
    verified, claimed, certificate = best_bounds(problem, candidate.certificates)
    allocation = candidate.allocation
    notices = [*problem.notices, *candidate.notices]
    if allocation is None:
        status: Status = "infeasible" if candidate.infeasible is not None else "no_solution"
        if candidate.infeasible is not None and not problem.recheck_infeasible(candidate.infeasible.proof):
            notices.append("That no allocation keeps the rules is the word of the solver; no certificate proves it.")
        return Solution(problem=problem, status=status, notices=tuple(notices), run=run,
                        bound=_tightest(problem, verified, claimed), verified_bound=verified, claimed_bound=claimed,
                        certificate=certificate, infeasible=candidate.infeasible)

    violations = problem.violations(allocation)
    if any(violation.rule == "shape" for violation in violations):
        raise AuditError(f"{candidate.used}: the answer is not a decision: {violations[0].message}")
    if violations and not candidate.comparison:
        listed = "; ".join(f"{v.rule}: {v.message}" for v in violations[:5])
        raise AuditError(f"{candidate.used}: the answer breaks {len(violations)} rule(s): {listed}")
    value, terms = problem.objective.measure(problem, allocation)
    weighted = zip(problem.objective.keys, problem.objective.weights(), strict=True)
    allowance = ROUNDING * max(abs(value), *(abs(weight * terms[key]) for key, weight in weighted))
    if not (math.isfinite(value) and all(math.isfinite(number) for number in terms.values())):
        raise AuditError(f"{candidate.used}: the value of the answer is not a finite number: {value!r} from {terms}")
    if candidate.value is not None and not abs(candidate.value - value) <= allowance:  # a NaN is no agreement
        raise AuditError(f"{candidate.used}: claims the value {candidate.value!r}; the tables give {value!r}")
    if certificate is not None and (faults := certificate.faults(problem, allocation)):
        raise AuditError(f"{candidate.used}: the certificate does not fit the answer: {'; '.join(faults[:5])}")

    if violations:  # a bound speaks of answers that keep the rules; this one does not
        return Solution(problem=problem, status="violates", allocation=allocation, value=value, terms=terms,
                        verified_bound=verified, claimed_bound=claimed, bound=_tightest(problem, verified, claimed),
                        certificate=certificate, violations=tuple(violations), metrics=problem.metrics(allocation),
                        notices=(*notices, *problem.remarks(allocation)), run=run)
    verified = _not_under(problem, value, verified, allowance, candidate.used, "verified")
    # A solver's own tolerances are absolute; what it claims is never called verified.
    claimed = _not_under(problem, value, claimed, max(allowance, ROUNDING), candidate.used, "claimed")
    bound = _tightest(problem, verified, claimed)
    better = problem.improvements(allocation)
    if better is not None and not better and certificate is not None and certificate.verified:
        # Compared exactly, nothing is better: what a bound in floats falls short of the value is rounding alone.
        verified = bound = value
    gap = relative_gap(value, bound)
    proven = gap is not None and gap <= run.gap and not better
    notices += better or []
    verified_gap = relative_gap(value, verified)
    if proven and (verified_gap is None or verified_gap > run.gap):
        notices.append(f"The requested gap is met by the bound that {candidate.used} claims; the bound that can be "
                       "rechecked without it is looser.")
    return Solution(problem=problem, status="optimal" if proven else "feasible", allocation=allocation, value=value,
                    terms=terms, bound=bound, verified_bound=verified, claimed_bound=claimed, gap=gap,
                    certificate=certificate, metrics=problem.metrics(allocation),
                    notices=(*notices, *problem.remarks(allocation)), run=run)


def best_bounds(problem: Problem, certificates: Sequence[Certificate]
                ) -> tuple[float | None, float | None, Certificate | None]:
    """Re-evaluate every certificate: best verified bound, best claimed bound, and the certificate to store.

    The stored one is the best verified one; failing that, a verified one without a bound; failing that, the claim.
    """
    verified: list[tuple[float, Certificate]] = []
    claimed: list[tuple[float, Certificate]] = []
    others: list[Certificate] = []
    for certificate in certificates:
        try:
            bound = certificate.bound(problem)
        except CertificateError as fault:
            raise AuditError(f"the certificate {certificate.kind!r} does not hold: {fault}") from fault
        if bound is not None and math.isnan(bound):
            raise AuditError(f"the certificate {certificate.kind!r} gives a bound that is not a number")
        if bound is None:
            others.append(certificate)
        elif math.isfinite(bound):  # an endless bound says nothing and is not kept
            (verified if certificate.verified else claimed).append((bound, certificate))
    tightest = min if problem.objective.sense == "maximize" else max
    best = tightest(verified, key=lambda pair: pair[0]) if verified else None
    claim = tightest(claimed, key=lambda pair: pair[0]) if claimed else None
    stored = best[1] if best else others[0] if others else claim[1] if claim else None
    return (best[0] if best else None), (claim[0] if claim else None), stored


def _tightest(problem: Problem, *bounds: float | None) -> float | None:
    known = [bound for bound in bounds if bound is not None]
    if not known:
        return None
    return min(known) if problem.objective.sense == "maximize" else max(known)


def _not_under(problem: Problem, value: float, bound: float | None, allowance: float, used: str,
               what: str) -> float | None:
    """The bound, moved onto the value if it is beyond it by rounding only; beyond that it is no bound."""
    if bound is None:
        return None
    short = value - bound if problem.objective.sense == "maximize" else bound - value
    if short > allowance:
        raise AuditError(f"{used}: its {what} bound {bound!r} lies on the wrong side of the audited value {value!r}")
    return value if short > 0 else bound
