"""Reading specs: exact numbers, strict keys, every fault with its path, hostile files refused quickly."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from evenhand.errors import SpecError
from evenhand.spec.overrides import apply_overrides, parse_path, set_path
from evenhand.spec.read import MAX_SPEC_BYTES, parse_tree, read_spec, read_tree, spec_from_tree
from evenhand.spec.tree import ConstraintEntry, DataSource, ObjectiveEntry, SolverEntry, Spec

FULL = """
domain = "cep"

[data]
schools = "schools.csv"
rates = { file = "r.csv", columns = { year = "Year" } }

[problem]
max_groups = 10
min_isp = 0.40

[[objective]]
term = "reimbursement"
weight = 0.1
at_most = 5

[[objective]]
term = "dissimilarity"
group = "black"

[[constraint]]
rule = "same_group"
schools = ["A", "B"]

[solver]
name = "highs"
time_limit = 5
gap = 1e-3

[uncertainty]
draws = 100

[study]
grid = { "problem.max_groups" = [2, 3], "solver.seed" = [0, 1] }
"""


def faults_of(text: str, **options: object) -> list[tuple[str, str, str]]:
    with pytest.raises(SpecError) as caught:
        spec_from_tree(parse_tree(text), **options)  # type: ignore[arg-type]
    return [(fault.where, fault.message, fault.cure) for fault in caught.value.faults]


def test_a_full_spec(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(FULL)
    spec = read_spec(tmp_path / "spec.toml", sections=("uncertainty",))
    assert spec == Spec(
        domain="cep",
        data={"schools": DataSource("schools.csv"), "rates": DataSource("r.csv", columns={"year": "Year"})},
        problem={"max_groups": 10, "min_isp": Decimal("0.40")},
        objective=(
            ObjectiveEntry("reimbursement", Fraction(1, 10), at_most=5),
            ObjectiveEntry("dissimilarity", options={"group": "black"}),
        ),
        constraint=(ConstraintEntry("same_group", {"schools": ["A", "B"]}),),
        solver=SolverEntry("highs", 5.0, 1e-3),
        sections={"uncertainty": {"draws": 100}},
        study={"grid": {"problem.max_groups": [2, 3], "solver.seed": [0, 1]}},
    )
    assert spec.folder == tmp_path
    assert str(spec.problem["min_isp"]) == "0.40"
    assert spec.data["schools"].path(spec.folder) == tmp_path / "schools.csv"


def test_defaults() -> None:
    spec = spec_from_tree({"domain": "cep"})
    assert spec.objective == () and spec.constraint is None and spec.solver == SolverEntry()
    assert spec_from_tree({"domain": "cep", "constraint": []}).constraint == ()
    assert spec_from_tree({"domain": "cep", "solver": {"time_limit": float("inf")}}).solver.time_limit == float("inf")


def test_a_mapping_may_hold_frames_and_floats() -> None:
    frame = pd.DataFrame({"a": [1]})
    spec = read_spec({"domain": "cep", "data": {"schools": frame, "b": Path("x.csv")}, "problem": {"min_isp": 0.4}})
    assert spec.data["schools"].frame is frame and spec.data["b"].file == "x.csv"
    assert spec.problem == {"min_isp": Decimal("0.4")}


def test_every_fault_in_one_go() -> None:
    found = faults_of(
        """
        domian = "cep"
        objective = [{ term = "travel", weight = "much", priority = 1.5, tolerance = -1 }, { trem = "x" }, 3]
        constraint = { rule = "capacity" }
        problem = 3
        [data]
        schools = 5
        blocks = { fil = "a.csv", columns = { a = 1 } }
        blank = " "
        [solver]
        nam = "highs"
        time_limit = 0
        gap = true
        seed = 1.5
        """
    )
    assert [(where, message) for where, message, _ in found] == [
        ("domian", "is not a known section"),
        ("data.schools", "is not a file"),
        ("data.blocks.fil", "is not a known key"),
        ("data.blocks.file", "is missing"),
        ("data.blocks.columns.a", "is not text"),
        ("data.blank", "names no file"),
        ("domain", "is missing"),
        ("problem", "is not a section"),
        ("objective[0].weight", "is not a number"),
        ("objective[0].priority", "is not a whole number"),
        ("objective[0].tolerance", "'tolerance' must be >= 0: -1"),
        ("objective[1].term", "is missing"),
        ("objective[2]", "is not a table"),
        ("constraint", "is not a list of entries"),
        ("solver.nam", "is not a known key"),
        ("solver.gap", "is not a number"),
        ("solver.seed", "is not a whole number"),
        ("solver.time_limit", "'time_limit' must be > 0: 0.0"),
    ]
    cures = {where: cure for where, _, cure in found}
    assert cures["domian"] == "did you mean 'domain'?"
    assert cures["data.blocks.fil"] == "did you mean 'file'?"
    assert cures["objective[1].term"] == "write term = ... instead of trem = ..."
    assert cures["solver.nam"] == "did you mean 'name'?"
    assert cures["constraint"].startswith("write [[constraint]]")


def test_sections_are_known_only_when_registered() -> None:
    assert faults_of('domain = "x"\n[uncertainty]\n', sections=("uncertain",))[0] == (
        "uncertainty",
        "is not a known section",
        "did you mean 'uncertain'?",
    )
    assert faults_of('domain = "x"\nsolver = "highs"\n')[0][2] == 'write [solver] and name = "highs" below'


@pytest.mark.parametrize(
    ("value", "where", "message"),
    [
        (float("nan"), "problem.x", "nan is not a value"),
        (None, "problem.x", "a value of type NoneType cannot stand in a spec"),
        ({1: 2}, "problem.x", "a key is not text"),
        ([object()], "problem.x[0]", "a value of type object cannot stand in a spec"),
    ],
)
def test_values_that_no_spec_holds(value: object, where: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_tree({"domain": "x", "problem": {"x": value}})
    assert [(fault.where, fault.message) for fault in caught.value.faults] == [(where, message)]


def test_syntax_errors_name_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('domain = "cep"\n[problem]\nx = cep\n')
    with pytest.raises(SpecError, match=r"s.toml: is not valid TOML: .*line 3, column 5.*put quotes around text"):
        read_tree(path)
    path.write_text("a = 1\na = 2\n")
    with pytest.raises(SpecError, match="write every key and section once"):
        read_tree(path)


def test_files_that_are_no_spec(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    with pytest.raises(SpecError, match="does not exist"):
        read_tree(path)
    with pytest.raises(SpecError, match="is a folder"):
        read_tree(tmp_path)
    path.write_bytes(b'domain = "\xff"\n')
    with pytest.raises(SpecError, match=r"not UTF-8 \(line 1\)"):
        read_tree(path)
    path.write_bytes(b"#" * (MAX_SPEC_BYTES * 10))
    with pytest.raises(SpecError, match="larger than 1,000,000 bytes"):
        read_tree(path)
    path.write_bytes(b'\xef\xbb\xbfdomain = "x"\r\n')
    assert read_tree(path) == {"domain": "x"}


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 400_000,
        "x = " + "{a = " * 100_000,
        "a" + ".a" * 400_000 + " = 1",
        '"a" . ' * 100_000,
        "x = 1\n" + "a" * 900_000,
        "x = " + "9" * 5000,
        "x = " + "[" * 60 + "]" * 60,
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        spec_from_tree({"domain": "x", "problem": parse_tree(text)})


def test_huge_exponents_do_not_grow() -> None:
    assert (
        faults_of('domain = "x"\nobjective = [{ term = "t", weight = 1e999999999 }]\n')[0][0] == "objective[0].weight"
    )


def test_overrides() -> None:
    tree = parse_tree(FULL)
    changed = apply_overrides(
        tree,
        [
            "problem.max_groups=5",
            "problem.min_isp = 0.250",
            "solver.name=scip",
            "objective[1].weight=2",
            'problem."odd key"="a=b"',
            "problem.rates=2024-07-01",
            "new.deep.key=[1, 2]",
            "data.schools=my file #1.csv",
        ],
    )
    assert changed["problem"] == {
        "max_groups": 5,
        "min_isp": Decimal("0.250"),
        "odd key": "a=b",
        "rates": "2024-07-01",
    }
    assert changed["solver"]["name"] == "scip" and changed["objective"][1]["weight"] == 2
    assert changed["new"] == {"deep": {"key": [1, 2]}} and changed["data"]["schools"] == "my file #1.csv"
    assert tree == parse_tree(FULL)


def test_overrides_at_fault() -> None:
    wrong = [
        "problem",
        "=5",
        "objective[7].weight=1",
        "objective.weight=1",
        "domain.x=1",
        "a..b=1",
        ".a=1",
        "x[0]=1",
        "[0]=1",
    ]
    with pytest.raises(SpecError) as caught:
        apply_overrides(parse_tree(FULL), wrong)
    assert len(caught.value.faults) == len(wrong)
    assert caught.value.faults[2].cure == "the entries are numbered 0 to 1"
    assert "is a list: give the number" in caught.value.faults[3].message
    assert apply_overrides({}, ["a=1\nb=2"]) == {"a": "1\nb=2"}


def test_paths() -> None:
    assert parse_path('objective[0]."a.b"."q\\"".c') == ["objective", 0, "a.b", 'q"', "c"]
    assert set_path({"a": [1, {"b": 2}]}, "a[1].b", 3) == {"a": [1, {"b": 3}]}


def test_reading_a_spec_loads_no_pandas() -> None:
    code = (
        "import sys, evenhand.spec.read, evenhand.spec.write, evenhand.tables.schema, evenhand.tables.source\n"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'pandera', 'numpy', 'pyomo')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
