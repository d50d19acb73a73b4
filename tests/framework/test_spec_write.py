"""Writing specs: exact numbers, stable text, and reading gives the same spec back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import SpecError
from evenhand.spec.read import parse_tree, spec_from_tree
from evenhand.spec.tree import ConstraintEntry, DataSource, ObjectiveEntry, SolverEntry, Spec
from evenhand.spec.values import fraction_value
from evenhand.spec.write import spec_to_toml

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.one_of(
    st.booleans(),
    st.integers(),
    words,
    st.decimals(allow_nan=False, allow_infinity=True),
    st.floats(allow_nan=False),
    st.dates(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)
fixed = {"term", "weight", "priority", "tolerance", "at_most", "at_least", "rule"}
tables = st.dictionaries(names.filter(lambda name: name not in fixed), values, max_size=3)
weights = st.fractions(max_denominator=10**6)
objectives = st.builds(
    ObjectiveEntry,
    term=names,
    weight=weights,
    priority=st.none() | st.integers(0, 5),
    tolerance=st.none() | st.fractions(min_value=0, max_denominator=40),
    at_most=st.none() | weights,
    at_least=st.none() | weights,
    options=tables,
)
specs = st.builds(
    Spec,
    domain=names,
    data=st.dictionaries(
        names,
        st.builds(
            DataSource,
            file=names.filter(lambda name: bool(name.strip())),
            columns=st.dictionaries(names, names, max_size=2),
        ),
        max_size=2,
    ),
    problem=tables,
    objective=st.lists(objectives, max_size=2),
    constraint=st.none() | st.lists(st.builds(ConstraintEntry, rule=names, options=tables), max_size=2),
    solver=st.builds(
        SolverEntry,
        name=names,
        time_limit=st.floats(min_value=0, exclude_min=True),
        gap=st.floats(min_value=0, allow_infinity=False),
        seed=st.integers(0, 2**64),
        options=tables,
    ),
    sections=st.fixed_dictionaries({}, optional={"uncertainty": tables, "assignment": tables}),
    study=st.none() | tables,
)


@settings(deadline=None, max_examples=60)
@given(specs)
def test_reading_what_was_written_gives_the_same_spec(spec: Spec) -> None:
    text = spec_to_toml(spec)
    again = spec_from_tree(parse_tree(text), sections=("uncertainty", "assignment"))
    assert again == spec
    assert spec_to_toml(again) == text


@settings(deadline=None, max_examples=60)
@given(st.fractions())
def test_fractions_are_written_exactly(number: Fraction) -> None:
    written: Any = fraction_value(number)
    assert Fraction(written) == number
    assert (
        isinstance(written, str) == any(number.denominator % prime == 0 for prime in (3, 7, 11, 13))
        or number.denominator > 13
    )


def test_golden_text() -> None:
    spec = Spec(
        "cep",
        {"schools": DataSource("a.csv"), "rates": DataSource("r.csv", columns={"year": "Year"})},
        {"min_isp": 0.4, "limit": Decimal("0.40")},
        [ObjectiveEntry("travel", Fraction(1, 3), options={"group": "black"})],
        [],
        SolverEntry("highs", seed=3),
        {"uncertainty": {"draws": 5}},
    )
    assert spec_to_toml(spec) == (
        'domain = "cep"\n'
        'objective = [\n    { term = "travel", weight = "1/3", group = "black" },\n]\n'
        "constraint = []\n\n"
        '[data]\nschools = "a.csv"\n\n'
        '[data.rates]\nfile = "r.csv"\n\n'
        '[data.rates.columns]\nyear = "Year"\n\n'
        "[problem]\nmin_isp = 0.4\nlimit = 0.40\n\n"
        '[solver]\nname = "highs"\ntime_limit = 60.0\ngap = 0.0001\nseed = 3\n\n'
        "[uncertainty]\ndraws = 5\n"
    )


def test_frames_need_a_file_name() -> None:
    spec = Spec("cep", {"schools": DataSource(frame=pd.DataFrame({"a": [1]}))})
    with pytest.raises(SpecError, match=r"data.schools: is a DataFrame"):
        spec_to_toml(spec)
    assert 'schools = "schools.csv"' in spec_to_toml(spec, {"schools": "schools.csv"})


def test_classes_refuse_what_no_spec_holds() -> None:
    with pytest.raises(SpecError):
        ObjectiveEntry("t", float("nan"))
    with pytest.raises(SpecError):
        Spec("x", problem={"a": object()})
