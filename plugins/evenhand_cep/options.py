"""``[problem]`` of the domain ``cep``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from attrs import field, fields, frozen

from evenhand.errors import Fault, SpecError
from evenhand.spec.values import fraction_value
from evenhand_cep.rates import Rates, read_rates

# Finer or larger numbers mean nothing here, and would leave the range of floats.
FINEST = 10**30
MOST_MULTIPLIER = 10**6
MOST_RATE = 10**6


@frozen(kw_only=True)
class CepOptions:
    """Options of a grouping problem; the numbers that decide legality are exact decimals."""

    max_groups: int = field(default=10, metadata={"doc": "largest number of groups, in each district"})
    min_isp: Fraction = field(default=Fraction(1, 4), metadata={
        "doc": "least identified student percentage of a group, as a share: 0.25 since 2023-10-26, 0.40 before"})
    multiplier: Fraction = field(default=Fraction(8, 5), metadata={
        "doc": "claiming share = multiplier x ISP, at most 1 (1.6 by 7 CFR 245.9(f))"})
    isp_rounding: Literal["none", "half_up_4", "floor_4"] = field(default="none", metadata={
        "doc": "how a group's ISP is carried: exact, to 0.0001 with halves up, or cut to 0.0001"})
    rates: Any = field(default=None, metadata={
        "doc": "\"<school year>/<region>/<tier>\" of the packaged table, or four rates in USD per meal: "
               "{lunch_free=, lunch_paid=, breakfast_free=, breakfast_paid=}. No default"})
    drop_zero_enrolled: bool = field(default=True, metadata={
        "doc": "leave schools without enrolment out of every group (listed in the notices) instead of refusing them"})
    clip_identified: bool = field(default=False, metadata={
        "doc": "cut identified down to enrolled where it is larger (each listed in the notices) instead of refusing"})


def option_faults(options: CepOptions) -> list[Fault]:
    """Ranges and rates: every fault at once."""
    found = []
    if options.max_groups < 1:
        found.append(Fault("problem.max_groups", "must be at least 1", "Write how many groups there may be, such as 10",
                           value=str(options.max_groups)))
    if not 0 <= options.min_isp <= 1:
        hint = f"Did you mean {float(options.min_isp) / 100:g}?" if 2 <= options.min_isp <= 100 else ""
        found.append(Fault("problem.min_isp", "a share must lie between 0 and 1",
                           f"Write it as a share, such as 0.25. {hint}".strip(), value=_shown(options.min_isp)))
    if options.multiplier <= 0:
        found.append(Fault("problem.multiplier", "must be above 0", "The federal multiplier is 1.6",
                           value=_shown(options.multiplier)))
    elif options.multiplier > MOST_MULTIPLIER:
        found.append(Fault("problem.multiplier", f"is above {MOST_MULTIPLIER:,}", "The federal multiplier is 1.6",
                           value=_shown(options.multiplier)))
    for name in ("min_isp", "multiplier"):
        number = getattr(options, name)
        if number.denominator > FINEST:
            found.append(Fault(f"problem.{name}", "has more than 30 decimal places", "Write fewer decimal places",
                               value=_shown(number)))
    try:
        rates = read_rates(options.rates)
    except SpecError as faults:
        return [*found, *faults.faults]
    given = {item.name: getattr(rates, item.name) for item in fields(Rates)}
    return found + [Fault(f"problem.rates.{name}", f"is above {MOST_RATE:,} USD per meal", "Write the USD per meal",
                          value=_shown(rate)) for name, rate in given.items() if rate > MOST_RATE]


def _shown(number: Fraction) -> str:
    text = str(fraction_value(number))
    return text if len(text) <= 60 else text[:59] + "…"
