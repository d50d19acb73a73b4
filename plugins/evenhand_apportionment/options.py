"""``[problem]`` of the domain ``apportionment``."""

from __future__ import annotations

import math
from collections.abc import Collection
from fractions import Fraction
from typing import Any, Literal

from attrs import field, fields, frozen

from evenhand.errors import Fault

Method = Literal[
    "parametric", "adams", "dean", "huntington_hill", "webster", "jefferson", "danish", "condorcet", "imperiali",
    "modified_sainte_lague", "power_mean", "stationary", "hamilton", "droop", "hagenbach_bischoff",
    "quota_balinski_young", "biproportional"]
Family = Literal["parametric", "divisor", "quota", "balinski_young", "biproportional"]
Ties = Literal["report", "order", "largest", "smallest", "random"]

QUOTA = ("hamilton", "droop", "hagenbach_bischoff")
PARAMETRIC_ONLY = ("kappa", "gamma", "beta", "sigma", "alpha")
WITH_PARAMETER = ("power_mean", "stationary")
# Counts beyond this are a slip of the pen; every sum of them still fits 64 bits.
MOST_UNITS = 10**9


def _doc(text: str, **more: Any) -> dict[str, Any]:
    return {"doc": text, **more}


@frozen(kw_only=True)
class ApportionmentOptions:
    """How many units, by which method, within which bounds."""

    units: int | None = field(default=None, metadata=_doc("how many units are divided (k)"))
    units_range: tuple[int, int] | None = field(default=None, metadata=_doc(
        "[least, most] units: the size with the best score is chosen"))
    method: Method = field(default="parametric", metadata=_doc("how the units are divided"))
    parameter: float | None = field(default=None, metadata=_doc(
        "power_mean: the exponent (-inf and inf allowed); stationary: s between 0 and 1", infinite=True))
    minimum: int = field(default=1, metadata=_doc("least final units of a group (a column `minimum` wins)"))
    maximum: int | None = field(default=None, metadata=_doc("most final units of a group (a column `maximum` wins)"))
    threshold: Fraction | None = field(default=None, metadata=_doc(
        "share of the whole below which a group gets nothing, such as 0.05"))
    base_units: int | None = field(default=None, metadata=_doc("units that every eligible group is given first"))
    cap: int | None = field(default=None, metadata=_doc(
        "most final units of a group, base included; the same bound as maximum"))
    ties: Ties = field(default="report", metadata=_doc("how an exact tie is settled"))
    kappa: float = field(default=1.0, metadata=_doc("parametric: targets are population to this power (0: equal)"))
    gamma: float = field(default=1.0, metadata=_doc("parametric: errors weigh population to this power"))
    beta: float = field(default=2.0, metadata=_doc("parametric: how sharply an error grows"))
    sigma: float = field(default=0.5, metadata=_doc("parametric: above 0.5, over-allocation is worse"))
    alpha: float = field(default=2.0, metadata=_doc("parametric with units_range: reward for smaller sizes"))

    @property
    def family(self) -> Family:
        """Methods that share their arithmetic."""
        if self.method in QUOTA:
            return "quota"
        if self.method == "parametric":
            return "parametric"
        if self.method == "biproportional":
            return "biproportional"
        return "balinski_young" if self.method == "quota_balinski_young" else "divisor"

    @property
    def default_term(self) -> str:
        """What the method minimizes."""
        return {"parametric": "representation_error", "divisor": "divisor_cost", "biproportional": "divisor_cost",
                "quota": "quota_deviation", "balinski_young": "quota_deviation"}[self.family]

    @property
    def biproportional(self) -> bool:
        return self.method == "biproportional"

    @property
    def upper(self) -> int | None:
        """The bound of everybody, whichever of its two names was used."""
        return self.cap if self.maximum is None else self.maximum


def option_faults(options: ApportionmentOptions) -> list[Fault]:
    """Every fault of the options among themselves, as far as their values tell; see also :func:`foreign_faults`."""
    given = frozenset(item.name for item in fields(ApportionmentOptions) if getattr(options, item.name) != item.default)
    found = [*_size_faults(options), *_method_faults(options, given)]
    for name in ("kappa", "gamma", "beta", "sigma", "alpha"):
        value = getattr(options, name)
        if not math.isfinite(value):
            found.append(_fault(name, "must be a finite number", value))
    for name in ("kappa", "gamma"):
        if getattr(options, name) < 0:
            found.append(_fault(name, "must not be negative", getattr(options, name), "0 treats all groups alike"))
    if options.beta <= 0:
        found.append(_fault("beta", "must be above 0", options.beta, "1 is linear, 2 is quadratic"))
    if not 0 <= options.sigma <= 1:
        found.append(_fault("sigma", "must lie between 0 and 1", options.sigma, "0.5 weighs both directions alike"))
    if options.threshold is not None and not 0 <= options.threshold < 1:
        hint = f"Did you mean {float(options.threshold) / 100:g}?" if 1 <= options.threshold < 100 else ""
        found.append(_fault("threshold", "is a share of the whole and must lie in [0, 1)", float(options.threshold),
                            hint))
    return found


def _fault(name: str, message: str, value: object, cure: str = "") -> Fault:
    return Fault(f"problem.{name}", message, cure, value=f"{value:g}" if isinstance(value, float) else str(value))


def _size_faults(options: ApportionmentOptions) -> list[Fault]:
    found = []
    both = options.units is not None and options.units_range is not None
    if both:
        found.append(Fault("problem.units_range", "units and units_range are both given", "Keep one of them"))
    if options.units is None and options.units_range is None and not options.biproportional:
        found.append(Fault("problem.units", "how many units are divided is not said",
                           "Set units = 435, or units_range = [400, 500]"))
    if options.units is not None and not 1 <= options.units <= MOST_UNITS:
        found.append(_fault("units", f"must be a whole number from 1 to {MOST_UNITS:,}", options.units))
    if options.units_range is not None:
        least, most = options.units_range
        if least < 1 or most > MOST_UNITS:
            found.append(_fault("units_range", f"must lie from 1 to {MOST_UNITS:,}", list(options.units_range)))
        if least > most:
            found.append(_fault("units_range", "runs backwards", list(options.units_range), f"Write [{most}, {least}]"))
        if options.method != "parametric" and not both:
            found.append(Fault("problem.units_range", f"the method {options.method} has no score to choose a size by",
                               "Set units, or use method = \"parametric\""))
    for name in ("minimum", "maximum", "base_units", "cap"):
        value = getattr(options, name)
        if value is not None and not 0 <= value <= MOST_UNITS:
            found.append(_fault(name, f"must be a whole number from 0 to {MOST_UNITS:,}", value))
    if options.cap is not None and options.maximum is not None and options.cap != options.maximum:
        found.append(_fault("cap", f"is the same bound as maximum, which is {options.maximum}", options.cap,
                            "Keep one of them"))
    if options.upper is not None and options.minimum > options.upper:
        found.append(_fault("minimum", f"is above the maximum, {options.upper}", options.minimum,
                            f"Use a minimum of {options.upper} or less, or a larger maximum"))
    elif options.upper is not None and (options.base_units or 0) > options.upper:
        found.append(_fault("base_units", f"are more than the maximum, {options.upper}", options.base_units,
                            f"Use a base of {options.upper} or less, or a larger maximum"))
    return found


def _method_faults(options: ApportionmentOptions, given: frozenset[str]) -> list[Fault]:
    found = []
    wanted = options.method in WITH_PARAMETER
    if wanted and options.parameter is None:
        what = "an exponent" if options.method == "power_mean" else "s between 0 and 1"
        found.append(Fault("problem.parameter", f"the method {options.method} needs {what}", "Set parameter"))
    if not wanted and options.parameter is not None:
        found.append(_fault("parameter", f"the method {options.method} takes none", options.parameter, "Remove it"))
    if options.method == "power_mean" and options.parameter is not None and 0 < options.parameter < 1 / 256:
        found.append(_fault("parameter", "an exponent between 0 and 1/256 makes a first unit almost free",
                            options.parameter, "Use 0"))
    if options.method == "stationary" and options.parameter is not None and not 0 <= options.parameter <= 1:
        found.append(_fault("parameter", "stationary takes s between 0 and 1", options.parameter))
    if options.method == "parametric":
        if options.minimum < 1:
            found.append(_fault("minimum", "the parametric error is infinite at 0 units", options.minimum,
                                "Use a minimum of 1 or more"))
        if options.threshold is not None:
            found.append(Fault("problem.threshold", "the parametric error is infinite for a group with 0 units",
                               "Use a classic method with a threshold"))
    return [*found, *foreign_faults(options, given)]


def foreign_faults(options: ApportionmentOptions, named: Collection[str]) -> list[Fault]:
    """Faults of the named options that belong to another method; also where the value is the one they have unnamed."""
    found = []
    if options.method != "parametric":
        found += [Fault(f"problem.{name}", f"is an option of the parametric method, not of {options.method}",
                        "Remove it") for name in PARAMETRIC_ONLY if name in named]
    elif "alpha" in named and options.units is not None and options.units_range is None:
        found.append(Fault("problem.alpha", f"chooses among several sizes, and units = {options.units} is only one",
                           "Remove it, or use units_range"))
    if options.biproportional:
        found += [Fault(f"problem.{name}", "has no meaning for the biproportional method", "Remove it")
                  for name in ("units_range", "maximum", "threshold", "base_units", "cap") if name in named]
        if "minimum" in named and options.minimum != 0:
            found.append(_fault("minimum", "is 0 in every cell of a biproportional table", options.minimum,
                                "Remove it"))
    return found
