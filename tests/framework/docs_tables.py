"""The tables of the documentation that come from the code; ``python -m tests.framework.docs_tables`` writes them anew."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from evenhand.cli import main as evenhand
from evenhand.kernel.options_allowed import ALLOWED

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = re.compile(r"(<!-- generated: (?P<name>[a-z ]+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)


def printed(*arguments: str) -> Any:
    """What a command prints with ``--json``."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = evenhand([*arguments, "--json"])
    assert code == 0, arguments
    return json.loads(said.getvalue())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def default(option: dict[str, str]) -> str:
    return option["default"] if option["default"] in ("required", "computed", "none") else code(option["default"])


def domain_tables(domain: str) -> dict[str, str]:
    """Tables of a domain's page of reference by name."""
    told = printed("terms", domain)
    made = {f"columns {name}": table(
        ["column", "kind", "needed", "unit", "meaning"],
        [[code(c["name"]), c["kind"], "yes" if c["required"] else "no", c["unit"], c["doc"]] for c in columns])
        for name, columns in told["tables"].items()}
    made["options"] = table(
        ["option", "type", "default", "meaning"],
        [[code(o["name"]), o["type"], default(o), o["doc"]] for o in told["options"]])
    made["terms"] = table(
        ["term", "unit", "sense", "what it is"],
        [[code(t["name"]), t["unit"], t["sense"], t["doc"]] for t in told["terms"]])
    made["rules"] = table(
        ["rule", "options", "what it asks"],
        [[code(r["name"]), "; ".join(f"{code(o['name'])}: {o['type']}, {default(o)}" for o in r["options"]), r["doc"]]
         for r in told["rules"]])
    made["domain solvers"] = table(
        ["solver", "exact", "bound", "what it is"],
        [[code(s["name"]), *able(s), s["doc"]] for s in printed("solvers", domain) if s["domain"] == domain])
    return made


def solver_tables() -> dict[str, str]:
    """Tables of how-to/other-solvers.md by name."""
    core = [s for s in printed("solvers") if s["domain"] is None]
    return {
        "solvers": table(["solver", "exact", "bound", "what it is", "options"],
                         [[code(s["name"]), *able(s), s["doc"], ", ".join(map(code, s["options"]))] for s in core]),
        "highs": table(["option", "takes"], [[code(name), rule.describe()] for name, rule in ALLOWED.items()]),
    }


def able(solver: dict[str, Any]) -> list[str]:
    can = solver["capabilities"]
    return ["yes" if can[what] else "no" for what in ("exact", "bound")]


def filled(text: str, tables: dict[str, str]) -> str:
    """The page with every generated table as the code has it now."""
    return GENERATED.sub(lambda found: found[1] + tables[found["name"]] + found[4], text)


PAGES: dict[Path, Callable[[], dict[str, str]]] = {
    DOCS / "reference" / "cep.md": partial(domain_tables, "cep"),
    DOCS / "reference" / "tiebreaker.md": partial(domain_tables, "tiebreaker"),
    DOCS / "how-to" / "other-solvers.md": solver_tables,
}


if __name__ == "__main__":
    for page, tables in PAGES.items():
        page.write_text(filled(page.read_text(encoding="utf-8"), tables()), encoding="utf-8")
