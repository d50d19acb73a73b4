"""``[problem]`` of the domain ``cep``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen, validators

from evenhand.errors import Fault, SpecError
from evenhand_cep.rates import read_rates


@frozen(kw_only=True)
class CepOptions:
    """Options of a grouping problem; the numbers that decide legality are exact decimals."""

    max_groups: int = field(default=10, validator=validators.ge(1),
                            metadata={"doc": "largest number of groups, in each district"})
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
    if not 0 <= options.min_isp <= 1:
        hint = f"Did you mean {float(options.min_isp) / 100:g}?" if 1 < options.min_isp <= 100 else ""
        found.append(Fault("problem.min_isp", "a share must lie between 0 and 1",
                           f"Write it as a share, such as 0.25. {hint}".strip(), value=f"{float(options.min_isp):g}"))
    if options.multiplier <= 0:
        found.append(Fault("problem.multiplier", "must be above 0", "The federal multiplier is 1.6",
                           value=f"{float(options.multiplier):g}"))
    try:
        read_rates(options.rates)
    except SpecError as faults:
        found += faults.faults
    return found
