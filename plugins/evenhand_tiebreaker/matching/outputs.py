"""The tables ``assignments.csv`` and ``effects.csv`` of ``evenhand tiebreaker assign``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evenhand_tiebreaker.matching.effects import Comparison, Effect

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.tables import Table
    from evenhand_tiebreaker.matching.lotteries import Ranks
    from evenhand_tiebreaker.matching.market import Market

ASSIGNMENT_COLUMNS = ("applicant", "geoid", "focal", "receives", "program_without", "rank_without", "program_with",
                      "rank_with")
EFFECT_COLUMNS = ("measure", "group", "without", "with", "difference", "low", "high")
TEXT_COLUMNS = ("applicant", "geoid", "program_without", "program_with")


def assignments_frame(applicants: Table, programs: Table, market: Market, comparison: Comparison) -> pd.DataFrame:
    """The first lottery, one row per applicant in input order: texts; flags 0 or 1, ranks from 1, empty: unassigned.

    Write it with ``text=TEXT_COLUMNS``, as ids are no numbers.
    """
    import pandas as pd

    ids = programs.texts("program")

    def admitted(places: Ranks) -> list[str]:
        return [ids[program] if program >= 0 else "" for program in market.admitted_to(places).tolist()]

    def ranks(places: Ranks) -> list[str]:
        return [str(place + 1) if place >= 0 else "" for place in places.tolist()]

    without, with_ = comparison.first_without, comparison.first_with
    columns = (applicants.texts("applicant"), applicants.texts("geoid"), _zeros_and_ones(market.focal.tolist()),
               _zeros_and_ones(market.receives.tolist()), admitted(without), ranks(without), admitted(with_),
               ranks(with_))
    return pd.DataFrame(dict(zip(ASSIGNMENT_COLUMNS, columns, strict=True)), dtype=object)


def effects_frame(effects: Iterable[Effect]) -> pd.DataFrame:
    """One row per measure and group, all texts; numbers as their shortest text, empty where there is none."""
    import pandas as pd

    rows = [(effect.measure, effect.group, *map(_number, (effect.without, effect.with_, effect.difference, effect.low,
                                                          effect.high))) for effect in effects]
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS), dtype=object)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _zeros_and_ones(flags: Iterable[bool]) -> list[str]:
    return ["1" if flag else "0" for flag in flags]
