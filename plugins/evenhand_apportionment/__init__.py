"""The domain ``apportionment``: whole units for groups of unequal size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenhand.hookspecs import hookimpl

if TYPE_CHECKING:
    from evenhand.model import Domain, Term


@hookimpl
def register_domains(register: Callable[[Domain], None]) -> None:
    from evenhand.model import Domain
    from evenhand_apportionment.biproportional import MultipliersCertificate
    from evenhand_apportionment.certificate import ExhaustiveCertificate, MarginalsCertificate
    from evenhand_apportionment.options import ApportionmentOptions
    from evenhand_apportionment.problem import ApportionmentProblem
    from evenhand_apportionment.sample import write_sample
    from evenhand_apportionment.tables import COLUMNS, GROUPS, ROWS, VOTES

    register(Domain(
        name="apportionment", title="Apportionment",
        summary="divides whole units such as seats among groups of unequal size, by any classic method or error",
        tables=(GROUPS, VOTES, ROWS, COLUMNS), options=ApportionmentOptions, problem=ApportionmentProblem,
        certificates=(MarginalsCertificate, ExhaustiveCertificate, MultipliersCertificate), sample=write_sample))


@hookimpl
def register_terms(register: Callable[[str, type[Term]], None]) -> None:
    from evenhand_apportionment import terms

    for term in (terms.RepresentationError, terms.DivisorCost, terms.QuotaDeviation, terms.MovedUnits):
        register("apportionment", term)


@hookimpl
def register_solvers(register: Callable[..., None]) -> None:
    from evenhand_apportionment.dynamic_programming import DynamicProgramming
    from evenhand_apportionment.greedy_floor import GreedyFloor
    from evenhand_apportionment.marginal import Marginal

    for solver in (Marginal(), DynamicProgramming(), GreedyFloor()):
        register(solver, domain="apportionment")
