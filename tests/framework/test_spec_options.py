"""Options into frozen classes: strict, exact, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import attrs
import numpy as np
import pytest

from evenhand.errors import Fault, SpecError
from evenhand.spec.options import describe, structure


@attrs.frozen
class Rates:
    lunch_free: Fraction
    lunch_paid: Fraction = attrs.field(validator=attrs.validators.ge(0))


@attrs.frozen
class Options:
    rates: str | Rates = attrs.field(metadata={"doc": "a packaged year, or the rates themselves"})
    max_groups: int = attrs.field(default=10, validator=attrs.validators.ge(1), metadata={"doc": "groups at most"})
    min_isp: Fraction = attrs.field(default=Fraction(1, 4), validator=attrs.validators.le(1))
    multiplier: float = 1.6
    isp_rounding: Literal["none", "half_up_4", "floor_4"] = "none"
    drop: bool = True
    groups: tuple[str, ...] = ()
    pairs: list[tuple[str, str]] = attrs.Factory(list)
    units_range: tuple[int, int] | None = None
    amounts: Mapping[str, float] = attrs.Factory(dict)
    tree: Any = None
    parameter: float | None = attrs.field(default=None, metadata={"infinite": True})
    cap: Decimal | None = None
    class_: str = attrs.field(default="x", metadata={"key": "class"})


@attrs.frozen
class Ordered:
    low: int = 0
    high: int = 1

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@attrs.frozen
class Refusing:
    units: int = attrs.field()
    half: int = 0

    @units.validator
    def _even(self, attribute: attrs.Attribute[int], value: int) -> None:
        if value % 2:
            raise SpecError(Fault("", "is odd", "write an even number"))


def good(**given: Any) -> Options:
    options, faults = structure(Options, {"rates": "2024", **given}, "problem")
    assert faults == [] and options is not None
    return options


def bad(**given: Any) -> list[tuple[str, str, str]]:
    options, faults = structure(Options, {"rates": "2024", **given}, "problem")
    assert options is None
    return [(fault.where, fault.message, fault.cure) for fault in faults]


def test_defaults_and_values() -> None:
    assert good() == Options(rates="2024")
    made = good(
        rates={"lunch_free": Decimal("4.43"), "lunch_paid": 0},
        max_groups=np.int64(3),
        multiplier=2,
        isp_rounding="floor_4",
        drop=False,
        groups=["a", "b"],
        pairs=[["a", "b"]],
        units_range=[5, 9],
        amounts={"basic": Decimal("1e3")},
        tree={"any": ["x", {"not": "y"}]},
        parameter=Decimal("-Infinity"),
        cap=Decimal("0.40"),
        **{"class": "y"},
    )
    assert made == Options(
        rates=Rates(Fraction(443, 100), Fraction(0)),
        max_groups=3,
        multiplier=2.0,
        isp_rounding="floor_4",
        drop=False,
        groups=("a", "b"),
        pairs=[("a", "b")],
        units_range=(5, 9),
        amounts={"basic": 1000.0},
        tree={"any": ["x", {"not": "y"}]},
        parameter=float("-inf"),
        cap=Decimal("0.40"),
        class_="y",
    )
    assert type(made.multiplier) is float and type(made.max_groups) is int


@pytest.mark.parametrize("written", [Decimal("0.35"), 0.35, "7/20", "0.35", Fraction(7, 20)])
def test_fractions_are_exact(written: object) -> None:
    assert good(min_isp=written).min_isp == Fraction(7, 20)


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        ({"max_groups": True}, "problem.max_groups", "is not a whole number"),
        ({"max_groups": Decimal("10.5")}, "problem.max_groups", "is not a whole number"),
        ({"max_groups": Decimal("10.0")}, "problem.max_groups", "is not a whole number"),
        ({"max_groups": "10"}, "problem.max_groups", "is not a whole number"),
        ({"max_groups": 0}, "problem.max_groups", "'max_groups' must be >= 1: 0"),
        ({"min_isp": True}, "problem.min_isp", "is not a number"),
        ({"min_isp": "35%"}, "problem.min_isp", "is not a number"),
        ({"min_isp": Decimal("1e999999")}, "problem.min_isp", "is not a number"),
        ({"min_isp": 35}, "problem.min_isp", "'min_isp' must be <= 1: 35"),
        ({"multiplier": False}, "problem.multiplier", "is not a number"),
        ({"multiplier": "1.6"}, "problem.multiplier", "is not a number"),
        ({"multiplier": float("nan")}, "problem.multiplier", "is not a number"),
        ({"multiplier": Decimal("Infinity")}, "problem.multiplier", "is not finite"),
        ({"multiplier": 10**400}, "problem.multiplier", "is too large for a number"),
        ({"isp_rounding": "floor_5"}, "problem.isp_rounding", "is not a known choice"),
        ({"isp_rounding": 4}, "problem.isp_rounding", 'is not one of "none", "half_up_4", "floor_4"'),
        ({"drop": 1}, "problem.drop", "is not true or false"),
        ({"groups": "a"}, "problem.groups", "is not a list of text"),
        ({"groups": ["a", 1]}, "problem.groups[1]", "is not text"),
        ({"pairs": [["a", "b"], ["a"]]}, "problem.pairs[1]", "has 1 entries, not 2"),
        ({"units_range": [1, 2, 3]}, "problem.units_range", "has 3 entries, not 2"),
        ({"units_range": [1, "x"]}, "problem.units_range[1]", "is not a whole number"),
        ({"amounts": {"basic": "x"}}, "problem.amounts.basic", "is not a number"),
        ({"amounts": {"basic": float("inf")}}, "problem.amounts", "is not finite"),
        ({"rates": {"lunch_free": 1, "lunch_paid": -1}}, "problem.rates.lunch_paid", "'lunch_paid' must be >= 0: -1"),
        ({"rates": {"lunch_fre": 1, "lunch_paid": 1}}, "problem.rates.lunch_fre", "is not a known key"),
        ({"rates": 5}, "problem.rates", "is not text or a table"),
        ({"cap": "1/3"}, "problem.cap", "is not a decimal"),
    ],
)
def test_one_bad_value(given: dict[str, Any], where: str, message: str) -> None:
    assert bad(**given)[0][:2] == (where, message)


def test_cures() -> None:
    assert bad(max_groups=Decimal("10.0"))[0][2] == "write 10"
    assert bad(min_isp="35%")[0][2] == "write 0.35 (a share) or 35, without the sign"
    assert bad(groups="a")[0][2] == "write a list: [a]"
    assert bad(isp_rounding="floor4")[0][2] == "did you mean 'floor_4'?"
    assert bad(max_group=5)[0] == ("problem.max_group", "is not a known key", "did you mean 'max_groups'?")
    _, faults = structure(Options, {"rates": "x", "weigth": 1}, "objective[0]", also=("term", "weight"))
    assert faults[0].cure == "did you mean 'weight'?"


def test_all_faults_at_once() -> None:
    options, faults = structure(
        Options, {"max_groups": 0, "min_isp": 2, "drop": 1, "groups": [1, 2], "unknown": 0, "tree": None}, "problem"
    )
    assert options is None
    assert [fault.where for fault in faults] == [
        "problem.unknown",
        "problem.rates",
        "problem.drop",
        "problem.groups[0]",
        "problem.groups[1]",
        "problem.max_groups",
        "problem.min_isp",
    ]


def test_failures_of_the_class_itself() -> None:
    _, faults = structure(Ordered, {"low": 5}, "section")
    assert [(fault.where, fault.message) for fault in faults] == [("section", "low is above high")]
    _, faults = structure(Refusing, {"units": 3, "half": "x"}, "section")
    assert [(fault.where, fault.message) for fault in faults] == [
        ("section.half", "is not a whole number"),
        ("section.units", "is odd"),
    ]
    _, faults = structure(Ordered, [1], "section")  # type: ignore[arg-type]
    assert faults[0].message == "is not a table"


def test_an_instance_is_taken_as_it_is() -> None:
    rates = Rates(Fraction(1), Fraction(0))
    assert good(rates=rates).rates is rates


def test_describe() -> None:
    docs = {doc.name: (doc.type, doc.default, doc.doc) for doc in describe(Options)}
    assert docs["rates"] == ("text or a table", "required", "a packaged year, or the rates themselves")
    assert docs["max_groups"] == ("a whole number", "10", "groups at most")
    assert docs["min_isp"][:2] == ("a number", "1/4")
    assert docs["isp_rounding"][:2] == ('one of "none", "half_up_4", "floor_4"', '"none"')
    assert docs["drop"][:2] == ("true or false", "true")
    assert docs["groups"][:2] == ("a list of text", "[]")
    assert docs["units_range"][:2] == ("[a whole number, a whole number]", "none")
    assert docs["amounts"][:2] == ("a table", "{}")
    assert "class" in docs and "class_" not in docs
