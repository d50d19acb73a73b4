"""The rules of the house that no linter keeps: floors, sizes, words, weight of an import, one list of plugins."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import evenhand

ROOT = Path(__file__).parents[2]
CORE = ROOT / "framework" / "evenhand"
PLUGINS = ROOT / "plugins"
MADE = {"build", "dist", "__pycache__"}
WRITTEN = {".py", ".toml", ".md", ".html", ".j2", ".css", ".js", ".sh", ".cfg", ".yml", ".yaml"}
MAX_LINES = 400
HEAVY = {"pandas", "pyomo", "numpy", "scipy", "numba", "matplotlib", "highspy", "jinja2", "rich", "click"}

# Spelt in pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "the host of a package registry": r"py" r"pi\.org|python" r"hosted|npm" r"js\.(org|com)|deb\.deb" r"ian",
    "a path of one machine": r"(?<![\w.}])/(wo" r"rk|ro" r"ot|ho" r"me|Us" r"ers)/",
}


def files() -> Iterator[Path]:
    """Every file of the tree that somebody wrote, environments, caches and built things left out."""
    for folder, names, leaves in os.walk(ROOT):
        names[:] = sorted(name for name in names if name == ".ci" or not (name in MADE or name.startswith(".")))
        yield from (Path(folder, leaf) for leaf in sorted(leaves) if leaf == ".gitignore" or not leaf.startswith("."))


def told(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contracts(kind: str) -> list[dict]:
    return [contract for contract in pyproject()["tool"]["importlinter"]["contracts"] if contract["type"] == kind]


def floors() -> dict[str, int]:
    """The floor of each room of the core, 0 at the top, as drawn in pyproject.toml."""
    (drawing,) = (contract for contract in contracts("layers") if contract.get("containers") == ["evenhand"])
    return {room.strip(" ()"): floor for floor, line in enumerate(drawing["layers"]) for room in line.split(":")}


def module_name(path: Path) -> str:
    """Dotted name of a file of the core: ``evenhand.kernel.highs``; a package's ``__init__`` has the package's."""
    parts = path.relative_to(CORE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).removeprefix("typing.") == "TYPE_CHECKING"


def imports(node: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported below ``node``, inside functions too, type checking left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            if child.level:
                above = package.split(".")[: len(package.split(".")) - child.level + 1]
                base = ".".join([*above, *filter(None, [base])])
            yield from ((child.lineno, f"{base}.{alias.name}") for alias in child.names)
        elif is_type_checking(child):
            assert isinstance(child, ast.If)
            for otherwise in child.orelse:
                yield from imports(ast.Module(body=[otherwise], type_ignores=[]), package)
        else:
            yield from imports(child, package)


def climbs(source: str, module: str, *, is_package: bool) -> list[str]:
    """The imports of one module of the core that do not go down."""
    levels = floors()
    room = module.split(".")[1]
    package = module if is_package else module.rpartition(".")[0]
    found = []
    for line, name in imports(ast.parse(source), package):
        parts = name.split(".")
        if parts[0] != "evenhand" or name == "evenhand.__version__":
            continue
        if parts[1] not in levels:
            found.append(f"line {line}: {name} is a name of the package's front door; import it from where it lives")
        elif parts[1] != room and levels[parts[1]] < levels[room]:
            found.append(f"line {line}: {name} stands on a higher floor than evenhand.{room}")
    return found


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_no_file_is_over_400_lines() -> None:
    written = [path for path in files() if path.suffix in WRITTEN or told(path) in {"Makefile", ".ci/run"}]
    assert any(path.name == "test_house.py" for path in written)
    lengths = {told(path): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_room_of_the_core_has_a_floor() -> None:
    rooms = {path.stem for path in CORE.glob("*.py")} | {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert rooms - {"__init__", "__main__"} - floors().keys() == set()


@pytest.mark.parametrize(
    "path", [path for path in sorted(CORE.rglob("*.py")) if path.parent != CORE or path.stem[0] != "_"], ids=module_name
)
def test_an_import_only_ever_goes_down(path: Path) -> None:
    assert climbs(path.read_text(encoding="utf-8"), module_name(path), is_package=path.stem == "__init__") == []


@pytest.mark.parametrize(
    ("source", "climbing"),
    [
        ("from evenhand.errors import DataError", False),
        ("from evenhand.tables.schema import Column", False),
        ("from . import schema", False),
        ("from ..errors import DataError", False),
        ("from evenhand.solving import solve", True),
        ("def late():\n    from evenhand.report import html", True),
        ("def late():\n    import evenhand.solving", True),
        ("from ..model import Problem", True),
        ("from evenhand import Problem", True),
        ("if TYPE_CHECKING:\n    from evenhand.model import Problem", False),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    from evenhand.model import Problem", True),
    ],
)
def test_the_check_of_floors_sees_an_import_that_climbs(source: str, climbing: bool) -> None:
    assert bool(climbs(source, "evenhand.tables.read", is_package=False)) is climbing


def test_importing_evenhand_loads_nothing_heavy() -> None:
    assert HEAVY & (loaded_by("import evenhand") - loaded_by("pass")) == set()


def test_no_public_name_is_also_a_room() -> None:
    """Loading ``evenhand.x`` puts that module where ``evenhand.x`` would be looked up: a function would be hidden."""
    assert set(evenhand.__all__) & floors().keys() == set()


@pytest.mark.parametrize("name", evenhand.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(evenhand, name) is not None
    assert name in dir(evenhand)


def test_no_forbidden_words() -> None:
    found = []
    for path in files():
        if path.suffix in {".png", ".parquet", ".xlsx"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            named = [what for what, words in FORBIDDEN.items() if re.search(words, line)]
            found += [f"{told(path)}:{number} names {what}" for what in named]
    assert found == []


def test_no_shared_table_is_copied_into_the_tree(shared_data: Path) -> None:
    originals = {sha256(path): path.name for path in shared_data.rglob("*") if path.is_file()}
    copies = {told(path): originals[sha256(path)] for path in files() if sha256(path) in originals}
    assert originals
    assert copies == {}


def test_every_public_module_says_what_it_is() -> None:
    silent = []
    for path in [*CORE.rglob("*.py"), *PLUGINS.rglob("*.py")]:
        private = path.stem[0] == "_" and path.stem[:2] != "__"
        if not private and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            silent.append(told(path))
    assert silent == []


def test_every_plugin_is_named_everywhere_it_must_be() -> None:
    """A new folder under plugins/ is an entry point, a root of the import contracts and a known package of deptry."""
    config = pyproject()
    there = {path.name for path in PLUGINS.iterdir() if (path / "__init__.py").exists()}
    linter = config["tool"]["importlinter"]
    (houses,) = (contract for contract in contracts("layers") if "containers" not in contract)
    (highspy,) = contracts("forbidden")
    assert set(config["project"]["entry-points"]["evenhand"].values()) == there
    assert set(linter["root_packages"]) == there | {"evenhand"}
    assert {name.strip() for name in houses["layers"][0].split("|")} == there
    assert set(highspy["source_modules"]) == there | {"evenhand"}
    assert set(config["tool"]["deptry"]["known_first_party"]) == there | {"evenhand"}


def test_every_package_says_it_is_typed() -> None:
    packages = [CORE, *(path for path in PLUGINS.iterdir() if (path / "__init__.py").exists())]
    assert [told(package) for package in packages if not (package / "py.typed").exists()] == []


def test_one_version() -> None:
    assert evenhand.__version__ == pyproject()["project"]["version"]


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.+!]+", line)] == []
