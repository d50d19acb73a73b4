"""The domain ``cep``: grouping schools for the Community Eligibility Provision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenhand.hookspecs import hookimpl

if TYPE_CHECKING:
    from evenhand.model import Constraint, Domain, Term


@hookimpl
def register_domains(register: Callable[[Domain], None]) -> None:
    from evenhand.model import Domain
    from evenhand_cep.certificate import ExhaustiveCertificate, PricesCertificate
    from evenhand_cep.options import CepOptions
    from evenhand_cep.problem import CepProblem
    from evenhand_cep.sample import write_sample
    from evenhand_cep.tables import SCHOOLS

    register(Domain(
        name="cep", title="CEP meal grouping",
        summary="groups the schools of a district so that the Community Eligibility Provision claims the most",
        tables=(SCHOOLS,), options=CepOptions, problem=CepProblem,
        certificates=(PricesCertificate, ExhaustiveCertificate), sample=write_sample))


@hookimpl
def register_terms(register: Callable[[str, type[Term]], None]) -> None:
    from evenhand_cep import terms

    for term in (terms.Reimbursement, terms.StudentsFree, terms.SchoolsFree, terms.StudentsCovered, terms.Regrouped):
        register("cep", term)


@hookimpl
def register_constraints(register: Callable[[str, type[Constraint]], None]) -> None:
    from evenhand_cep import rules

    for rule in (rules.AllParticipate, rules.MayStayOut, rules.SameGroup, rules.DifferentGroup,
                 rules.CurrentGroupsKept):
        register("cep", rule)


@hookimpl
def register_solvers(register: Callable[..., None]) -> None:
    from evenhand_cep.exhaustive_solver import Exhaustive
    from evenhand_cep.share_prices import SharePrices

    register(SharePrices(), domain="cep")
    register(Exhaustive(), domain="cep")
