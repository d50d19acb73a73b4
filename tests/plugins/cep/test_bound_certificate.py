from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance
from evenhand_cep.prices.certificate import evaluate_certificate
from tests.plugins.cep.brute_force import best
from tests.plugins.cep.instances import curves, instances


def _three() -> Instance:
    return Instance.build(np.array([100.0, 80.0, 60.0]), np.array([30.0, 40.0, 50.0]), np.array([9.0, 5.0, 4.0]),
                          rule=ClaimingRule("1.6", "0.4"), max_groups=2)


def _good(form: str = "any-groups") -> dict[str, Any]:
    data: dict[str, Any] = {"kind": "prices", "form": form, "nodes": ["0.64", "1.0"], "lambdas": ["0.1", "0.05"],
                            "reach": False, "bound": "0"}
    if form == "at-most":
        data |= {"u": ["1.0", "2.0", "3.0"], "max_groups": 2, "tolerance": "1e-6"}
    return data


@settings(deadline=None, max_examples=60)
@given(instances(), curves())
def test_any_well_formed_certificate_is_a_bound(instance: Instance, curve: tuple[list[float], list[float]]) -> None:
    found = best(instance)
    assume(found is not None)
    for form, reach in (("any-groups", False), ("any-groups", True), ("at-most", False)):
        data: dict[str, Any] = {"kind": "prices", "form": form, "nodes": [repr(node) for node in curve[0]],
                                "lambdas": [repr(price) for price in curve[1]], "reach": reach,
                                "max_groups": instance.max_groups, "tolerance": "1e-3",
                                "u": [repr(float(worth)) for worth in instance.outside]}
        assert evaluate_certificate(instance, data) >= found[0]


@pytest.mark.parametrize(("form", "change"), [
    ("any-groups", {"lambdas": ["-0.1", "0.05"]}),
    ("any-groups", {"lambdas": ["nan", "0.05"]}),
    ("any-groups", {"lambdas": ["inf", "0.05"]}),
    ("any-groups", {"lambdas": ["0.1"]}),
    ("any-groups", {"lambdas": "0.1"}),
    ("any-groups", {"lambdas": None}),
    ("any-groups", {"lambdas": [True, False]}),
    ("any-groups", {"nodes": ["1.0", "0.64"]}),
    ("any-groups", {"nodes": ["-0.1", "0.64"]}),
    ("any-groups", {"reach": "yes"}),
    ("any-groups", {"kind": "dual"}),
    ("any-groups", {"form": "something"}),
    ("any-groups", {"form": "single-grouping"}),
    ("at-most", {"u": ["1.0", "2.0"]}),
    ("at-most", {"u": ["1.0", "2.0", "nan"]}),
    ("at-most", {"max_groups": 1}),
    ("at-most", {"tolerance": "0"}),
    ("at-most", {"tolerance": None}),
])
def test_tampered_certificates_are_refused(form: str, change: dict[str, Any]) -> None:
    assert evaluate_certificate(_three(), _good(form)) > 0
    with pytest.raises(ValueError):
        evaluate_certificate(_three(), _good(form) | change)


def test_prices_that_overflow_are_refused() -> None:
    data = _good() | {"lambdas": ["1e307", "1e308"]}
    with pytest.raises(ArithmeticError):
        evaluate_certificate(_three(), data)
