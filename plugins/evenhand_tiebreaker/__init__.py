"""The domain ``tiebreaker``: which blocks get priority in school choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from evenhand.hookspecs import hookimpl

if TYPE_CHECKING:
    from evenhand.model import Constraint, Domain, Term


@hookimpl
def register_domains(register: Callable[[Domain], None]) -> None:
    from evenhand.model import Domain
    from evenhand_tiebreaker.dual_certificate import LagrangianCertificate
    from evenhand_tiebreaker.exhaustive_certificate import ExhaustiveCertificate
    from evenhand_tiebreaker.frontier_certificate import FrontierCertificate
    from evenhand_tiebreaker.matching.tables import APPLICANTS, PROGRAMS
    from evenhand_tiebreaker.options import TiebreakerOptions
    from evenhand_tiebreaker.problem import TiebreakerProblem
    from evenhand_tiebreaker.sample import write_sample
    from evenhand_tiebreaker.sections import AssignmentSection, UncertaintySection
    from evenhand_tiebreaker.tables import ADJACENCY, BLOCKS, OVERLAY

    register(Domain(
        name="tiebreaker", title="Equity tiebreaker",
        summary="chooses the blocks whose children go first in school choice, within a budget",
        tables=(BLOCKS, ADJACENCY, APPLICANTS, PROGRAMS, OVERLAY), options=TiebreakerOptions, problem=TiebreakerProblem,
        certificates=(LagrangianCertificate, FrontierCertificate, ExhaustiveCertificate),
        sections={"uncertainty": UncertaintySection, "assignment": AssignmentSection}, sample=write_sample))


@hookimpl
def register_terms(register: Callable[[str, type[Term]], None]) -> None:
    from evenhand_tiebreaker import terms

    for term in (terms.FocalReached, terms.NonFocalReached, terms.CutEdges, terms.WorstGroupTpr):
        register("tiebreaker", term)


@hookimpl
def register_constraints(register: Callable[[str, type[Constraint]], None]) -> None:
    from evenhand_tiebreaker.rules import RULES

    for rule in RULES:
        register("tiebreaker", rule)


@hookimpl
def register_solvers(register: Callable[..., None]) -> None:
    from evenhand_tiebreaker.column import Column
    from evenhand_tiebreaker.frontier import FrontierSolver
    from evenhand_tiebreaker.peel import Peel
    from evenhand_tiebreaker.rule_search import RuleSearch
    from evenhand_tiebreaker.side_rules import SideRules
    from evenhand_tiebreaker.threshold import Threshold

    for solver in (FrontierSolver(), Threshold(), RuleSearch(), Column(), Peel(), SideRules()):
        register(solver, domain="tiebreaker")


@hookimpl
def register_commands(cli: Any) -> None:
    from evenhand_tiebreaker.command.group import group

    cli.add_command(group)
