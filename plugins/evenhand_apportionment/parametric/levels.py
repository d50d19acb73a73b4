"""How many units of each group lie below a price, found by doubling and halving; for beta >= 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_apportionment.parametric.problem import AtSize

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def count_between(at: AtSize, rows: Rows, price: float, fewest: Floats, most: Floats, *, inclusive: bool) -> Floats:
    """Least t in [fewest, most] whose next unit is dearer than ``price`` (or as dear, unless inclusive), else most."""
    fewest, most = fewest.copy(), most.copy()
    open_ = np.flatnonzero(fewest < most)
    while len(open_):
        middle = np.floor((fewest[open_] + most[open_]) / 2.0)
        step = at.steps(middle, rows[open_])
        below = step <= price if inclusive else step < price
        fewest[open_[below]] = middle[below] + 1.0
        most[open_[~below]] = middle[~below]
        open_ = open_[fewest[open_] < most[open_]]
    return fewest


def level_above(at: AtSize, a: Floats, high: Floats, price: float, *, inclusive: bool) -> Floats:
    """Units each group would hold at ``price``, at least ``a``; ``high`` is what the next unit of ``a`` costs."""
    level = a.copy()
    rows = np.flatnonzero(high <= price if inclusive else high < price)
    fewest, stride = a[rows] + 1.0, 1.0
    while len(rows):
        probe = np.minimum(fewest + stride, at.upper[rows])
        step = at.steps(probe, rows)
        beyond = (probe >= at.upper[rows]) | (step > price if inclusive else step >= price)
        if beyond.any():
            level[rows[beyond]] = count_between(at, rows[beyond], price, fewest[beyond], probe[beyond],
                                                inclusive=inclusive)
        rows, fewest = rows[~beyond], probe[~beyond] + 1.0
        stride *= 2.0
    return level


def level_below(at: AtSize, a: Floats, low: Floats, price: float, *, inclusive: bool) -> Floats:
    """Units each group would hold at ``price``, at most ``a``; ``low`` is what the last unit of ``a`` cost."""
    level = a.copy()
    rows = np.flatnonzero(low > price if inclusive else low >= price)
    most, stride = a[rows] - 1.0, 1.0
    while len(rows):
        probe = np.maximum(most - stride, at.lower[rows])
        step = at.steps(probe, rows)
        beyond = (probe <= at.lower[rows]) | (step <= price if inclusive else step < price)
        if beyond.any():
            level[rows[beyond]] = count_between(at, rows[beyond], price, probe[beyond], most[beyond],
                                                inclusive=inclusive)
        rows, most = rows[~beyond], probe[~beyond]
        stride *= 2.0
    return level
