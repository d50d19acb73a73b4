"""The class an author of a domain derives from."""

from __future__ import annotations

from evenhand.testing.files import FileChecks
from evenhand.testing.formulations import FormulationChecks
from evenhand.testing.measures import MeasureChecks
from evenhand.testing.registration import RegistrationChecks
from evenhand.testing.solvers import SolverChecks


class DomainConformance(RegistrationChecks, MeasureChecks, FormulationChecks, SolverChecks, FileChecks):
    """Everything a domain promises by registering itself, checked through hooks alone.

    Set ``plugin`` and ``domain`` and, where the sample is large, override :meth:`cases`. A domain passes when

    * every term, rule, option, column and solver is described, and a misspelt name is answered with the right one;
    * terms are finite and repeatable; trackers and walks agree with measuring anew; tables can be read back;
    * formulations keep their word: rows forbid what ``violations`` lists, expressions say what ``measure`` says, and
      no formulation's bound is better than it may be;
    * every solver's answer passes the audit, no verified bound is beyond any solver's value, the same seed gives the
      same answer, and the order of the rows does not matter;
    * its sample goes through the command line and verifies, an altered result does not, and the report is a report.
    """
