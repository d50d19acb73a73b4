"""The programme's dated rules, and what to tell someone whose options differ from them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any

from attrs import frozen


@frozen
class DatedRule:
    """One figure of the programme, in force from ``since`` until the next one of its kind."""

    since: date
    value: Fraction
    source: str


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    return tomllib.loads((files("evenhand_cep") / "data" / "rules.toml").read_text(encoding="utf-8"))


def dated_rules(kind: str) -> tuple[DatedRule, ...]:
    """All figures of one kind (``minimum_isp``, ``grace_isp``, ``multiplier``), oldest first."""
    rows = (DatedRule(row["since"], Fraction(row["value"]), row["source"]) for row in _document()[kind])
    return tuple(sorted(rows, key=lambda rule: rule.since))


def rules_during(kind: str, school_year: str) -> tuple[DatedRule, ...]:
    """The figures of one kind in force on some day of a school year, July 1 to June 30, oldest first.

    ``school_year`` is spelt like ``"2024-25"``. Empty for a year before the programme.
    """
    start = int(school_year[:4])
    first, last = date(start, 7, 1), date(start + 1, 6, 30)
    rules = dated_rules(kind)
    ends = [*(rule.since for rule in rules[1:]), date.max]
    return tuple(rule for rule, end in zip(rules, ends, strict=True) if rule.since <= last and end > first)


def option_notices(school_year: str, *, min_isp: Fraction, multiplier: Fraction) -> list[str]:
    """A sentence per option that is not the programme's figure of that school year: a what-if, not a claim."""
    notices = []
    for name, kind, value in (("min_isp", "minimum_isp", min_isp), ("multiplier", "multiplier", multiplier)):
        rules = rules_during(kind, school_year)
        if rules and value not in {rule.value for rule in rules}:
            said = " and ".join(f"{_text(rule.value)} since {rule.since.isoformat()}" for rule in rules)
            notices.append(f"{name} = {_text(value)} is not the programme's figure in {school_year} "
                           f"({said}: {rules[-1].source})")
    return notices


def _text(value: Fraction) -> str:
    return f"{float(value):g}"
