"""A folder with a spec and its tables, worked on by the command line."""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen

from tests.plugins.cep.command import Result, run

GROUPS = "group,population\na,500\nb,300\nc,120\nd,60\n"


@frozen
class Desk:
    """Typed files in one folder."""

    folder: Path

    def write(self, problem: str, table: str = GROUPS, *, more: str = "", data: str = 'groups = "groups.csv"',
              **tables: str) -> Path:
        """The tables and a spec with these lines under ``[problem]``; the path of the spec."""
        for name, text in {"groups": table, **tables}.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        path = self.folder / "spec.toml"
        path.write_text(f'domain = "apportionment"\n[data]\n{data}\n[problem]\n{problem}\n{more}\n', encoding="utf-8")
        return path

    def write_matrix(self, votes: str, rows: str, columns: str, problem: str = "") -> Path:
        return self.write(f'method = "biproportional"\n{problem}', votes=votes, rows=rows, columns=columns,
                          data='votes = "votes.csv"\nrows = "rows.csv"\ncolumns = "columns.csv"')

    def refused(self, *words: str, code: int = 2, arguments: tuple[str, ...] = ()) -> str:
        """Refused with this exit code, in words, and nothing written."""
        ran = run("solve", self.folder / "spec.toml", "--out", self.folder / "result", *arguments)
        assert ran.code == code, ran
        assert code == 3 or not (self.folder / "result").exists()
        assert "Traceback" not in ran.err
        said = ran.err + ran.out
        for word in words:
            assert word in said, f"{word!r} is not in: {said}"
        return said

    def infeasible(self, *words: str) -> dict[str, object]:
        """Proven impossible: exit code 3, with conflict and relief, and verified."""
        result = self.folder / "result"
        ran = run("solve", self.folder / "spec.toml", "--out", result, "--json")
        assert ran.code == 3, ran
        read = json.loads(ran.out)
        assert read["status"] == "infeasible"
        said = json.dumps(read["infeasible"], ensure_ascii=False)
        for word in words:
            assert word in said, f"{word!r} is not in: {said}"
        assert read["infeasible"]["conflict"] and read["infeasible"]["relief"]
        assert run("verify", result).code == 0
        explained = run("explain", self.folder / "spec.toml")
        assert read["infeasible"]["message"][:40] in explained.out, explained
        found: dict[str, object] = read["infeasible"]
        return found

    def solved(self, *arguments: object) -> Result:
        """Solved into the folder ``result``, and verified."""
        folder = self.folder / "result"
        ran = run("solve", self.folder / "spec.toml", "--out", folder, *arguments)
        assert ran.code == 0, ran
        verified = run("verify", folder)
        assert verified.code == 0, verified
        return Result(folder)
