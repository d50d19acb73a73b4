"""What a domain says about its input tables: columns, keys, bounds and checks across columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Attribute, evolve, field, frozen, validators

from evenhand.errors import Fault
from evenhand.tables.decimal_text import parse_exact

if TYPE_CHECKING:
    from evenhand.tables.table import Table

Kind: TypeAlias = Literal["id", "text", "number", "integer", "flag", "geometry"]
KINDS: tuple[Kind, ...] = ("id", "text", "number", "integer", "flag", "geometry")
ExtraColumns: TypeAlias = "Literal['allow', 'forbid'] | Callable[[str], Column | None]"


def _bound(instance: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        parse_exact(value)


@frozen
class Column:
    """One column of an input table.

    Parameters
    ----------
    name
        Our name for it; a user with another heading renames it in ``[data]``.
    kind
        ``id`` (text that names something: never blank, padded or in scientific notation; leading zeros count),
        ``text``, ``number`` (finite decimal), ``integer`` (whole; ``12.0`` is whole), ``flag`` (0/1 or true/false),
        ``geometry`` (GeoJSON or WKT text).
    required
        Whether the table is at fault without this column.
    minimum, exclusive_minimum, maximum
        Bounds of a number, compared exactly (a float bound means its shortest decimal text).
    unique
        Whether a value may stand in one row only.
    unit, doc
        For people: ``USD``, ``students``; one sentence.
    default
        What an absent optional column holds in every row, and a blank cell under ``blank="allowed"``.
        ``None``: an absent column stays absent; a blank cell is ``""`` (text) or NaN/missing (numbers).
    blank
        ``error`` or ``allowed``.
    """

    name: str
    kind: Kind = field(default="text", validator=validators.in_(KINDS))
    required: bool = True
    minimum: object = field(default=None, validator=_bound, kw_only=True)
    exclusive_minimum: object = field(default=None, validator=_bound, kw_only=True)
    maximum: object = field(default=None, validator=_bound, kw_only=True)
    unique: bool = field(default=False, kw_only=True)
    unit: str = field(default="", kw_only=True)
    doc: str = field(default="", kw_only=True)
    default: object = field(default=None, kw_only=True)
    blank: Literal["error", "allowed"] = field(
        default="error", kw_only=True, validator=validators.in_(("error", "allowed"))
    )

    def __attrs_post_init__(self) -> None:
        bounded = (self.minimum, self.exclusive_minimum, self.maximum) != (None, None, None)
        if bounded and not self.is_numeric:
            raise ValueError(f"column {self.name!r}: only numbers have bounds")
        if self.default is not None:
            self._check_default()

    def _check_default(self) -> None:
        if self.is_numeric:
            parse_exact(self.default)
        elif self.kind == "flag":
            if not isinstance(self.default, bool):
                raise ValueError(f"column {self.name!r}: the default of a flag is True or False")
        elif not isinstance(self.default, str):
            raise ValueError(f"column {self.name!r}: the default of a {self.kind} column is text")

    @property
    def is_numeric(self) -> bool:
        return self.kind in ("number", "integer")

    @property
    def bounds_text(self) -> str:
        """The bounds in words, ``""`` without any."""
        words = []
        if self.minimum is not None:
            words.append(f"at least {self.minimum}")
        if self.exclusive_minimum is not None:
            words.append(f"above {self.exclusive_minimum}")
        if self.maximum is not None:
            words.append(f"at most {self.maximum}")
        return " and ".join(words)


@frozen
class TableCheck:
    """A check across columns or rows.

    Parameters
    ----------
    name
        For documentation.
    run
        Called with the parsed table; yields a fault per offence (see :meth:`Table.fault`).
    needs
        Columns the check reads. It runs only when all of them are there and free of faults of their own.
    """

    name: str
    run: Callable[[Table], Iterable[Fault]]
    needs: tuple[str, ...] = ()
    doc: str = ""


@frozen
class TableSchema:
    """One input table of a domain.

    Parameters
    ----------
    name
        The table's name in ``[data]``.
    columns
        Its known columns.
    key
        Columns whose values together may stand in one row only.
    extra
        Other columns: ``allow`` keeps them as text, ``forbid`` makes them faults, a callable is asked for each
        heading and returns the :class:`Column` to read it by, or ``None`` to keep it as text.
    required
        Whether the domain cannot do without the table.
    checks
        Checks across columns.
    empty
        Whether a table with headings and no rows is fine.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    extra: ExtraColumns = "allow"
    required: bool = True
    checks: tuple[TableCheck, ...] = ()
    doc: str = ""
    empty: bool = False

    def __attrs_post_init__(self) -> None:
        names = self.names
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"table {self.name!r} names a column twice: {', '.join(repeated)}")
        unknown = [name for name in self.key if name not in names]
        if unknown:
            raise ValueError(f"table {self.name!r}: the key names unknown columns: {', '.join(unknown)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the known columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of that name, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    def with_columns(self, *columns: Column) -> TableSchema:
        """The same schema with more columns, for instance those an option names; one of a known name replaces it."""
        replaced = {column.name for column in columns}
        kept = [column for column in self.columns if column.name not in replaced]
        return evolve(self, columns=(*kept, *columns))
