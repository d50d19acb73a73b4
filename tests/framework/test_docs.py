"""The documentation says what the code does: links, commands, code, tables and lists of names."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from attrs import frozen
from click.testing import CliRunner

import evenhand
from evenhand import hookspecs
from evenhand.cli.group import COMMANDS, build
from evenhand.errors import EvenhandError
from evenhand.plugins import manager
from evenhand.results.result_json import result_dict
from evenhand.spec.build import build_problem, load_spec
from evenhand.spec.tree import ConstraintEntry, ObjectiveEntry, SolverEntry, Spec
from tests.framework import docs_tables, toy_domain
from tests.framework.docs_tables import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
TOY = Path(toy_domain.__file__)
SCHOOLS = """school,name,enrolled,identified,breakfasts,lunches,outside_value
01,Ash Street,420,310,42000,61000,0
02,Birch,350,245,30000,52000,0
03,Cedar Hill,610,300,38000,83000,0
04,Dogwood,280,95,9000,30000,0
05,Elm Park,500,140,15000,52000,31000
06,Fir Lane,390,62,7000,33000,24000
"""
SPEC = """domain = "cep"

[data]
schools = "small.csv"

[problem]
rates = "2024-25/contiguous/standard"
max_groups = 3
"""


def told(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@frozen
class Block:
    """A piece of code of a page: its language, its text, where it begins."""

    language: str
    text: str
    place: str


def blocks(page: Path, *languages: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = [Block(m["language"], m["text"], f"{told(page)}:{text.count(chr(10), 0, m.start()) + 1}")
             for m in FENCE.finditer(text)]
    return [block for block in found if not languages or block.language in languages]


def text_of(*parts: str) -> str:
    return DOCS.joinpath(*parts).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_every_link_inside_the_project_resolves(page: Path) -> None:
    broken = []
    for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        name, _, anchor = match["target"].partition("#")
        if "://" in name:
            continue
        target = (page.parent / name).resolve() if name else page
        if not target.is_file() or (anchor and anchor not in anchors(target)):
            broken.append(match["target"])
    assert broken == []


def test_the_index_names_every_page() -> None:
    index = text_of("index.md")
    assert [told(page) for page in DOCS.rglob("*.md")
            if page.name != "index.md" and f"]({page.relative_to(DOCS).as_posix()})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_lines_are_short(page: Path) -> None:
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    assert [number for number, line in lines if len(line) > 130 and not line.startswith("|")] == []


# -- commands ----------------------------------------------------------------------------------------------------


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Lines that call ``evenhand``, after a prompt in fenced code or in indented code, as place and arguments."""
    inside = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        inside ^= line.startswith("```")
        match = re.match(r"\$ evenhand (.+)" if inside else r" {4}evenhand (.+)", line)
        if match is None:
            continue
        arguments = shlex.split(match[1], comments=True)
        ends = [place for place, word in enumerate(arguments) if word in ("|", ">", "&&", ">>")]
        yield f"{told(page)}:{number}", arguments[: ends[0]] if ends else arguments


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_commands_and_their_options_are_real(page: Path) -> None:
    group = build()
    known = manager([("evenings", toy_domain)])
    solvers = {name for _, name in known.solvers} | {"greedy", "by-isp"}
    for place, (name, *rest) in commands(page):
        if name in ("--version", "--help"):
            continue
        command = group.get_command(click.Context(group), name)
        while isinstance(command, click.Group) and rest and rest[0] != "--help":
            name, *rest = rest
            command = command.get_command(click.Context(command), name)
        assert command is not None, f"{place}: there is no command {name!r}"
        if isinstance(command, click.Group) or rest == ["--help"]:
            continue
        try:
            context = command.make_context(name, rest)
        except click.ClickException as fault:
            raise AssertionError(f"{place}: {fault.format_message()}") from None
        assert context.params.get("solver") in {None, *solvers}, place
        assert context.params.get("executor", "local") in known.executors, place
        assert context.params.get("domain") in {None, *known.domains}, place


def test_every_command_and_option_is_described() -> None:
    page, group = text_of("reference", "command-line.md"), build()
    parts = {part.split("\n")[0].split("`")[1].split()[1]: part for part in re.split(r"^## (?=`)", page, flags=re.M)[1:]}
    assert parts.keys() == COMMANDS.keys()
    for name, part in parts.items():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        options = [option for parameter in command.params if isinstance(parameter, click.Option)
                   for option in parameter.opts]
        assert [option for option in options if f"`{option}" not in part] == [], name
        assert set(re.findall(r"\| `(--[a-z-]+)", part)) <= set(options), name


def test_every_exit_code_is_described() -> None:
    def codes(error: type[EvenhandError]) -> set[int]:
        return {error.exit_code}.union(*(codes(cls) for cls in error.__subclasses__()))

    page = text_of("reference", "command-line.md")
    assert [code for code in {0, 130} | codes(EvenhandError) if f"\n| {code} |" not in page] == []


# -- code --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_code_in_every_language_can_be_read(page: Path) -> None:
    for block in blocks(page):
        try:
            if block.language == "python" and page.name != "write-a-domain.md":
                compile(block.text, block.place, "exec")
            elif block.language == "toml":
                tomllib.loads(block.text)
            elif block.language == "json":
                json.loads(block.text)
        except ValueError as fault:
            raise AssertionError(f"{block.place}: {fault}") from fault


def test_the_pieces_of_the_domain_are_those_that_are_tested() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (TOY, TOY.parents[1] / "test_toy_domain.py"))
    pieces = blocks(DOCS / "how-to" / "write-a-domain.md", "python")
    assert len(pieces) > 8
    assert [piece.place for piece in pieces if piece.text not in code] == []


EXECUTED = ["how-to/choose-rules.md", "how-to/mealscount-semantics.md", "how-to/other-solvers.md",
            "how-to/verify-a-result.md", "reference/hooks.md", "reference/python-api.md"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with what the pages take to be there."""
    (tmp_path / "small.csv").write_text(SCHOOLS, encoding="utf-8")
    (tmp_path / "small.toml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "parks.csv").write_text("park,visitors\nElms,120\nLake,310\nMarket,95\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Pages on which some blocks are a module of the reader's: its name, and which blocks.
MODULES = {"how-to/other-solvers.md": ("by_isp", slice(1, 2)), "reference/hooks.md": ("parks_plugin", slice(0, -1))}


def run_page(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a page's Python from top to bottom, as one program, after saving its module."""
    pieces = blocks(DOCS / page, "python")
    if page in MODULES:
        name, part = MODULES[page]
        (folder / f"{name}.py").write_text("\n\n".join(piece.text for piece in pieces[part]), encoding="utf-8")
        pieces = [piece for piece in pieces if piece not in pieces[part]]
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, name, raising=False)
    names: dict[str, object] = {"__name__": "page"}
    for piece in pieces:
        exec(compile(piece.text, piece.place, "exec"), names)


@pytest.mark.parametrize("page", EXECUTED)
def test_the_code_of_a_page_runs(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page.endswith("verify-a-result.md"):
        evenhand.write(evenhand.solve("small.toml"), "answer")
    run_page(page, folder, monkeypatch)


def test_no_page_with_code_is_forgotten() -> None:
    told_apart = {"write-a-domain.md": "pieces of the toy domain"}
    assert {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")
            if blocks(page, "python") and page.name not in told_apart} == set(EXECUTED)


def test_the_plugin_of_the_hooks_page_does_what_the_page_says(
        folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run_page("reference/hooks.md", folder, monkeypatch)
    plugin = sys.modules["parks_plugin"]
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.GROUP}_spec")]
    page = text_of("reference", "hooks.md")
    assert [hook for hook in hooks if not hasattr(plugin, hook) or f"\n## {hook}\n" not in page] == []
    assert caplog.messages == ["parks: 3 items, solved by highs", "parks: optimal, gap 0.0",
                               "parks: 3 items, solved by busiest", "parks: feasible, gap None"]
    assert (folder / "parks-answer" / "sentence.txt").read_text(encoding="utf-8") == "feasible: 430 visitors\n"
    assert evenhand.verify(folder / "parks-answer", manager([plugin])).status == "feasible"
    cli = click.Group()
    plugin.register_commands(cli)
    assert CliRunner().invoke(cli, ["count-parks", "parks.csv"]).output == "3 parks\n"


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_whole_specs_are_accepted(page: Path, folder: Path) -> None:
    """A block that names its domain is a whole spec; in place of its table stands one of six schools."""
    known = manager()
    for block in blocks(page, "toml"):
        tree = tomllib.loads(block.text)
        if "domain" in tree:
            build_problem(load_spec({**tree, "data": {"schools": "small.csv"}}, known, folder=folder), known)


# -- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", list(docs_tables.PAGES), ids=told)
def test_generated_tables_are_those_of_the_code(page: Path) -> None:
    """If this fails: ``python -m tests.framework.docs_tables``, then read what changed."""
    text, tables = page.read_text(encoding="utf-8"), docs_tables.PAGES[page]()
    assert {found["name"] for found in docs_tables.GENERATED.finditer(text)} == tables.keys()
    assert docs_tables.filled(text, tables) == text


def test_cep_lists_everything_by_name() -> None:
    page, described = text_of("reference", "cep.md"), docs_tables.printed("terms", "cep")
    names = [entry["name"] for part in ("options", "terms", "rules") for entry in described[part]]
    names += [column["name"] for columns in described["tables"].values() for column in columns]
    names += [solver["name"] for solver in docs_tables.printed("solvers", "cep") if solver["domain"] == "cep"]
    names += [law.name for law in _every_law()]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def _every_law() -> list[type[evenhand.Constraint]]:
    from evenhand_cep import rules

    return [rules.MinimumIsp, rules.GroupLimit, rules.RequiredSchools, rules.ExcludedSchools]


def test_every_key_of_a_result_is_described(folder: Path) -> None:
    page = text_of("reference", "result.md")
    solution = evenhand.solve("small.toml")
    result = result_dict(solution)
    assert [key for key in result if f"\n| `{key}` |" not in page] == []
    inner = [key for name in ("solver", "certificate", "history") for key in result[name]]
    assert [key for key in inner if f"`{key}`" not in page] == []
    metrics = text_of("reference", "cep.md")
    assert [key for key in solution.metrics if f"`{key}`" not in metrics] == []


def test_every_key_of_a_spec_is_described() -> None:
    page = text_of("reference", "spec.md")
    keys = [item.name for cls in (ObjectiveEntry, ConstraintEntry, SolverEntry) for item in cls.__attrs_attrs__]
    keys += [item.name for item in Spec.__attrs_attrs__ if item.name not in ("sections", "folder")]
    assert [key for key in keys if f"`{key}`" not in page and f"`[{key}]`" not in page and f"`[[{key}]]`" not in page] == []


def test_every_public_name_and_error_is_described() -> None:
    from evenhand import errors

    page = text_of("reference", "python-api.md")
    raised = [name for name, value in vars(errors).items()
              if isinstance(value, type) and issubclass(value, EvenhandError) and value is not EvenhandError]
    assert [name for name in [*evenhand.__all__, *raised] if f"`{name}`" not in page] == []
