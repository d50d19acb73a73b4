"""Rates per meal: the packaged dated table, rates given inline, and every fault either can have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from attrs import Attribute, field, fields, frozen

from evenhand.errors import Fault, SpecError, nearest
from evenhand.tables.decimal_text import is_number

WHERE = "problem.rates"
REGIONS = ("contiguous", "alaska", "hawaii")
TIERS = ("standard", "high", "standard_severe", "high_severe")
"""Level of lunch, and ``_severe`` where the breakfasts earn the severe-need rate."""

_KEY_FORM = '"<school year>/<region>/<tier>"'
_YEAR = re.compile(r"20[0-9]{2}-[0-9]{2}")


def _exact(value: Fraction | Decimal | int | str) -> Fraction:
    if isinstance(value, float):
        raise TypeError("give exact numbers (Fraction, Decimal, int or decimal text), not floats")
    return Fraction(value)


def _not_negative(_: object, attribute: Attribute[Fraction], value: Fraction) -> None:
    if value < 0:
        raise ValueError(f"{attribute.name} is negative: {value}")


@frozen
class Rates:
    """USD per meal, exact.

    Parameters
    ----------
    lunch_free, lunch_paid, breakfast_free, breakfast_paid : Fraction
        What one meal earns when it is claimed free, and when it is claimed paid. Zero is fine; a free rate is
        never under its paid rate.

    Raises
    ------
    ValueError
        If a rate is negative or a free rate lies under its paid rate. A spec goes through :func:`read_rates`, which
        tells the user instead.
    """

    lunch_free: Fraction = field(converter=_exact, validator=_not_negative)
    lunch_paid: Fraction = field(converter=_exact, validator=_not_negative)
    breakfast_free: Fraction = field(converter=_exact, validator=_not_negative)
    breakfast_paid: Fraction = field(converter=_exact, validator=_not_negative)

    def __attrs_post_init__(self) -> None:
        for meal in ("lunch", "breakfast"):
            if getattr(self, f"{meal}_free") < getattr(self, f"{meal}_paid"):
                raise ValueError(f"{meal}_free is under {meal}_paid")

    @property
    def lunch_gain(self) -> Fraction:
        """Free minus paid rate of a lunch: what the share 0 -> 1 adds to it."""
        return self.lunch_free - self.lunch_paid

    @property
    def breakfast_gain(self) -> Fraction:
        """Free minus paid rate of a breakfast."""
        return self.breakfast_free - self.breakfast_paid


@frozen
class PackagedRates:
    """One row of the packaged table with its origin.

    ``evidence`` is what the figures were compared with: ``notice``, ``state agency`` or ``secondary``.
    ``document`` is the number of the Federal Register notice that sets the year's rates; ``citation`` its page.
    """

    key: str
    rates: Rates
    evidence: str
    source: str
    document: str
    citation: str = ""
    remark: str = ""

    @property
    def verified(self) -> bool:
        """Whether an official text, and not only a transcription, shows these figures."""
        return self.evidence != "secondary"

    @property
    def notice(self) -> str | None:
        """What a result made with these rates must say; None where the Federal Register itself was read."""
        page = f" ({self.citation})" if self.citation else ""
        told = f" The figures are {self.remark}." if self.remark else ""
        if self.evidence == "notice":
            return f"rates {self.key}:{told}" if told else None
        origin = "agree with a state agency's rate sheet" if self.verified else "come from a secondary source"
        return (f"rates {self.key} {origin} ({self.source}); they were not compared with Federal Register notice "
                f"{self.document}{page} itself.{told}")


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    text = (files("evenhand_cep") / "data" / "rates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, PackagedRates]:
    return MappingProxyType({row.key: row for row in _rows(_document())})


def _rows(document: Mapping[str, Any]) -> Iterator[PackagedRates]:
    lunch_add = Fraction(document["high"]["lunch_add"])
    for year in document["year"]:
        for region in year["region"]:
            lunch, breakfast = region["lunch"], region["breakfast"]
            for tier in TIERS:
                level, _, severe = tier.partition("_")
                free = breakfast.get("severe_free") if severe else breakfast["free"]
                if free is None:
                    continue
                add = lunch_add if level == "high" else 0
                yield PackagedRates(
                    key=f"{year['school_year']}/{region['name']}/{tier}",
                    rates=Rates(Fraction(lunch["free"]) + add, Fraction(lunch["paid"]) + add, free, breakfast["paid"]),
                    evidence=region["evidence"], source=region["source"], document=year["notice"],
                    citation=year.get("citation", ""), remark=year.get("remark", ""),
                )


def known_keys() -> tuple[str, ...]:
    """Every packaged key ``"<school year>/<region>/<tier>"``, oldest year first."""
    return tuple(_table())


def newest_year() -> str:
    """The newest packaged school year, such as ``"2024-25"``."""
    return max(key.split("/")[0] for key in _table())


def packaged_entry(key: str) -> PackagedRates:
    """The packaged row of a key, with source and notice.

    Raises
    ------
    SpecError
        If the key is not packaged: faults at ``problem.rates`` that name the nearest word or what exists.
    """
    row = _table().get(key)
    if row is None:
        raise SpecError(_unknown_key_faults(key))
    return row


def packaged_rates(key: str) -> Rates:
    """The rates of a key ``"<school year>/<region>/<tier>"``; raises like :func:`packaged_entry`."""
    return packaged_entry(key).rates


def missing_rates_fault() -> Fault:
    """The fault of a spec without rates: which year and state apply is the user's fact, so nothing is assumed."""
    year = newest_year()
    return Fault(
        WHERE, "no rates are given, and there is no default",
        cure=f'write rates = "{year}/contiguous/standard" ({year} is the newest packaged year), or give your own: '
             "rates = { lunch_free = …, lunch_paid = …, breakfast_free = …, breakfast_paid = … } in USD per meal",
    )


def read_rates(option: object) -> Rates:
    """The rates a spec means: a packaged key, an inline table of four rates, or ready :class:`Rates`.

    Parameters
    ----------
    option : str, mapping, Rates or None
        ``problem.rates`` as read. Numbers may be ints, floats (read as their shortest decimal text), Decimals,
        Fractions or decimal text.

    Raises
    ------
    SpecError
        With every fault of the table: missing, unknown or not a number, negative, free under paid.
    """
    if option is None:
        raise SpecError(missing_rates_fault())
    if isinstance(option, Rates):
        return option
    if isinstance(option, str):
        return packaged_rates(option)
    if isinstance(option, Mapping):
        return _inline(option)
    raise SpecError(Fault(WHERE, "is neither a packaged key nor a table of rates", value=repr(option),
                          cure=missing_rates_fault().cure))


def rates_notice(option: object) -> str | None:
    """The sentence a result must carry about these rates; None for inline rates, which are the user's own."""
    return packaged_entry(option).notice if isinstance(option, str) else None


def _inline(given: Mapping[Any, object]) -> Rates:
    names = [attribute.name for attribute in fields(Rates)]
    faults = [Fault(f"{WHERE}.{name}", "is not a rate", cure=nearest(str(name), names))
              for name in given if name not in names]
    rates: dict[str, Fraction] = {}
    for name in names:
        where = f"{WHERE}.{name}"
        if name not in given:
            faults.append(Fault(where, "is missing", cure="write the USD per meal; 0 is fine"))
        elif (value := _number(given[name])) is None:
            faults.append(Fault(where, "is not a finite number", value=repr(given[name]),
                                cure="write the USD per meal, such as 4.43"))
        elif value < 0:
            faults.append(Fault(where, "is negative", value=str(given[name]), cure="write 0 or more USD per meal"))
        else:
            rates[name] = value
    for meal in ("lunch", "breakfast"):
        free, paid = rates.get(f"{meal}_free"), rates.get(f"{meal}_paid")
        if free is not None and paid is not None and free < paid:
            faults.append(Fault(f"{WHERE}.{meal}_free", f"is under {meal}_paid, {given[f'{meal}_paid']}",
                                value=str(given[f"{meal}_free"]),
                                cure="a free meal earns at least what a paid one does: are the two swapped?"))
    if faults:
        raise SpecError(faults)
    return Rates(**rates)


def _number(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal, Fraction)):
        return None
    if isinstance(value, Fraction):
        return value
    text = str(value)  # a float's shortest decimal text is the number its author wrote
    return Fraction(text) if is_number(text) else None


def _unknown_key_faults(key: str) -> list[Fault]:
    years = sorted({known.split("/")[0] for known in _table()})
    parts = key.split("/")
    if len(parts) != 3:
        example = f"write it as {newest_year()}/contiguous/standard"
        return [_fault(key, f"is not of the form {_KEY_FORM}", example)]
    year, region, tier = parts
    faults = []
    if not _YEAR.fullmatch(year):
        faults.append(_fault(key, f"has the school year {year!r}", _year_cure(year, years)))
    elif year not in years:
        cure = f"packaged years: {', '.join(years)}; or give the rates inline"
        faults.append(_fault(key, _absent_year(year), cure))
    if region not in REGIONS:
        faults.append(_fault(key, f"has the unknown region {region!r}", nearest(region, REGIONS)))
    if tier not in TIERS:
        faults.append(_fault(key, f"has the unknown tier {tier!r}", nearest(tier, TIERS)))
    return faults or [_unknown_severe_fault(key, year, region, tier)]


def _unknown_severe_fault(key: str, year: str, region: str, tier: str) -> Fault:
    offered = [known for known in _table() if known.startswith(f"{year}/{region}/")]
    elsewhere = [known for known in _table() if known.endswith(f"/{region}/{tier}")]
    more = f"; the tier exists as {', '.join(elsewhere)}" if elsewhere else ""
    return _fault(key, "is not packaged: its severe-need breakfast rate is not known here",
                  f"packaged: {', '.join(offered)}{more}; or give the rates inline")


def _fault(key: str, message: str, cure: str) -> Fault:
    return Fault(WHERE, message, value=key, cure=cure)


def _year_cure(year: str, years: list[str]) -> str:
    digits = re.search(r"20[0-9]{2}", year)
    meant = next((known for known in years if digits and known.startswith(digits.group())), newest_year())
    return f"write a school year as {meant!r}"


def _absent_year(year: str) -> str:
    if (int(year[:4]) + 1) % 100 != int(year[5:]):
        return f"has the school year {year!r}, which does not span two neighbouring years"
    for row in _document().get("withheld", ()):
        if row["school_year"] == year:
            return f"is left out on purpose: {row['reason']}"
    return "is of a school year that is not packaged"
