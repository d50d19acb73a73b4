"""Biproportional apportionment: units for every cell of a table of votes, with given row and column totals."""

from __future__ import annotations

from evenhand_apportionment.classic.biproportional.checking import (
    check_matrix,
    matrix_bound,
    matrix_contributions,
    matrix_value,
)
from evenhand_apportionment.classic.biproportional.solve import MatrixAnswer, biproportional

__all__ = ["MatrixAnswer", "biproportional", "check_matrix", "matrix_bound", "matrix_contributions", "matrix_value"]
