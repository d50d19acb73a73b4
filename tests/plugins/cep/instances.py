"""Random small instances for the property tests of the numeric heart."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from evenhand_cep.claiming import ClaimingRule
from evenhand_cep.instance import Instance


@st.composite
def rules(draw: st.DrawFn) -> ClaimingRule:
    multiplier = draw(st.sampled_from(["1.6", "1.6", "1.6", "1", "2.5", "0.7"]))
    minimum = draw(st.sampled_from(["0.25", "0.4", "0.4", "0", "0.7", "0.33333"]))
    return ClaimingRule(multiplier, minimum, draw(st.sampled_from(["none", "none", "half_up_4", "floor_4"])))


@st.composite
def instances(draw: st.DrawFn, most: int = 6, apart: bool = True) -> Instance:
    """Up to ``most`` schools, all roundings, both participations, required and excluded, worths of any kind."""
    size = draw(st.integers(1, most))
    tenths = draw(st.booleans())
    enrolled, identified = [], []
    for _ in range(size):
        students = draw(st.integers(1, 40))
        enrolled.append(Fraction(students, 10 if tenths else 1))
        identified.append(Fraction(draw(st.integers(0, students)), 10 if tenths else 1))
    slope = np.array([float(draw(st.integers(0, 60))) for _ in range(size)])
    constant = full = outside = np.zeros(size)
    if draw(st.booleans()):
        constant = np.array([float(draw(st.integers(-5, 5))) for _ in range(size)])
        full = np.array([float(draw(st.integers(0, 9))) for _ in range(size)])
    if draw(st.booleans()):
        outside = np.array([float(draw(st.integers(-9, 12))) for _ in range(size)])
    kinds = draw(st.lists(st.sampled_from(["join", "free", "free", "out"]), min_size=size, max_size=size))
    if draw(st.booleans()):
        kinds = ["join"] * size
    different = []
    if apart and size >= 2 and draw(st.integers(0, 3)) == 0:
        different = [draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=3, unique=True))]
    return Instance.build(enrolled, identified, slope, rule=draw(rules()), max_groups=draw(st.integers(1, 4)),
                          constant=constant, full=full, outside=outside,
                          must_join=np.array([kind == "join" for kind in kinds]),
                          must_stay_out=np.array([kind == "out" for kind in kinds]), different_group=different)


@st.composite
def curves(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Nodes and non-negative prices of any quality (steeper ones than floats hold are refused elsewhere)."""
    nodes = sorted(draw(st.sets(st.floats(0.0, 1.0, allow_subnormal=False).filter(lambda t: t == 0.0 or t > 1e-290),
                                min_size=1, max_size=6)))
    price = st.one_of(st.just(0.0), st.floats(0.0, 6.0, allow_subnormal=False),
                      st.floats(0.0, 1e6, allow_subnormal=False))
    return nodes, [draw(price) for _ in nodes]
