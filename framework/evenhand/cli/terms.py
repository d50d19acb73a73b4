"""``evenhand terms DOMAIN``."""

from __future__ import annotations

from typing import Any

import attrs
import click

from evenhand.cli.options import JSON, echo_json, echo_table


@click.command("terms")
@click.argument("domain")
@JSON
def command(domain: str, as_json: bool) -> None:
    """List what a DOMAIN's answers can be judged by, the rules it knows, its options and its columns."""
    from evenhand.plugins import manager

    registry = manager()
    found = registry.domain(domain)
    described: dict[str, Any] = {
        "domain": domain,
        "terms": [{"name": t.name, "unit": t.unit, "sense": t.sense, "doc": t.doc, "options": _options(t)}
                  for t in registry.terms.get(domain, {}).values()],
        "rules": [{"name": r.name, "doc": r.doc, "options": _options(r)}
                  for r in registry.rules.get(domain, {}).values()],
        "options": _options(found.options),
        "sections": {name: _options(section) for name, section in found.sections.items()},
        "tables": {t.name: [{"name": c.name, "kind": c.kind, "required": c.required, "unit": c.unit, "doc": c.doc}
                            for c in t.columns] for t in found.tables},
    }
    if as_json:
        echo_json(described)
        return
    echo_table(["term", "unit", "sense", "what it is"],
               [[t["name"], t["unit"], t["sense"], t["doc"]] for t in described["terms"]], "Terms")
    echo_table(["rule", "options", "what it asks"],
               [[r["name"], ", ".join(o["name"] for o in r["options"]), r["doc"]] for r in described["rules"]], "Rules")
    echo_table(["of", "option", "type", "default", "meaning"],
               [[part["name"], o["name"], o["type"], o["default"], o["doc"]] for kind in ("terms", "rules")
                for part in described[kind] for o in part["options"]], "Options of terms and rules")
    echo_table(["option", "type", "default", "meaning"],
               [[o["name"], o["type"], o["default"], o["doc"]] for o in described["options"]], "Options of [problem]")
    for name, options in described["sections"].items():
        echo_table(["option", "type", "default", "meaning"],
                   [[o["name"], o["type"], o["default"], o["doc"]] for o in options], f"Options of [{name}]")
    for name, columns in described["tables"].items():
        echo_table(["column", "kind", "needed", "meaning"],
                   [[c["name"], c["kind"], "yes" if c["required"] else "no", c["doc"]] for c in columns],
                   f"Table {name}")


def _options(cls: type) -> list[dict[str, str]]:
    from evenhand.spec.options import describe

    return [{key: str(value) for key, value in attrs.asdict(option).items()} for option in describe(cls)]
