"""Verifying a run's folder: recompute everything in it from spec and tables. No optimizer runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import define, field, frozen

from evenhand.audit import audit
from evenhand.errors import AuditError, VerificationError
from evenhand.report.html import render
from evenhand.report.versions import versions
from evenhand.results.compare import differences, form_faults, text_difference
from evenhand.results.folder import RESULT
from evenhand.results.rebuild import read_candidate, read_run, rebuilt_problem
from evenhand.results.result_json import CERTIFICATE, read_result, result_dict
from evenhand.results.write import REPORT, SPEC, is_safe, result_tables
from evenhand.tables.digest import sha256_file

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.plugins import Registry
    from evenhand.solution import Solution

_CHART = re.compile(r'<(svg|img) class="chart".*?(?:</svg>|>(?=\n))', re.DOTALL)


@frozen
class VerifyReport:
    """What was found to hold (``checks``), and what a reader should know although it is no fault (``remarks``)."""

    folder: str
    domain: str
    status: str
    checks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"verified": True, **attrs.asdict(self)}


@define
class _Findings:
    problems: list[str] = field(factory=list)
    checks: list[str] = field(factory=list)
    remarks: list[str] = field(factory=list)


def verify(folder: str | Path, registry: Registry | None = None) -> VerifyReport:
    """Recompute a result from its spec and its copies of the tables, and compare every file and number.

    Raises
    ------
    OutputError
        The folder holds no result of this format.
    UnknownNameError
        The domain's plugin is not installed.
    VerificationError
        Something does not hold; every discrepancy that was found is listed.
    """
    place = Path(folder)
    result = read_result(place)
    if faults := form_faults(result):
        raise VerificationError(faults)
    if registry is None:
        from evenhand.plugins import manager

        registry = manager()
    findings = _Findings()
    _digests(place, result, findings)
    _originals(place, result, findings)
    try:
        problem = rebuilt_problem(place, result, registry)
        _solver(problem, result, findings)
        solution = audit(problem, read_candidate(place, result, problem), read_run(result))
    except VerificationError as fault:
        raise VerificationError([*findings.problems, *fault.problems]) from None
    except AuditError as fault:
        raise VerificationError([*findings.problems, f"the audit fails: {fault}"]) from None
    _numbers(solution, result, findings)
    _infeasible(problem, result, findings)
    _files(place, solution, result, registry, findings)
    _report(place, solution, result, findings)
    if findings.problems:
        raise VerificationError(findings.problems)
    return VerifyReport(str(folder), result["domain"], result["status"], (*findings.checks, *_said(solution)),
                        tuple(findings.remarks))


def _digests(folder: Path, result: Mapping[str, Any], findings: _Findings) -> None:
    """Every listed file is there and unaltered."""
    files = result["files"]
    for name, digest in files.items():
        if not is_safe(name) or name == RESULT:
            findings.problems.append(f"result.json: files names {name!r}, which is no file of a result")
        elif not (folder / name).is_file():
            findings.problems.append(f"{name} is missing")
        else:
            _digest(folder / name, name, digest, findings)
    for name, entry in result["inputs"].items():
        if files.get(entry["file"]) != entry["sha256"]:
            findings.problems.append(f"result.json: the table {name!r} has the digest {entry['sha256']}, its copy "
                                     f"{entry['file']} {files.get(entry['file'])}")
    findings.checks.append(f"{len(files):,} files have the recorded digests")


def _digest(path: Path, name: str, digest: str, findings: _Findings) -> None:
    try:
        found = sha256_file(path)
    except OSError as fault:
        findings.problems.append(f"{name} cannot be read: {fault.strerror}")
        return
    if found != digest:
        findings.problems.append(f"{name} was altered: its sha256 is {found}, recorded is {digest}")


def _originals(folder: Path, result: Mapping[str, Any], findings: _Findings) -> None:
    """Tables that still lie where they were read from must still be the same."""
    for name, entry in result["inputs"].items():
        if "source" not in entry:
            continue
        original = folder / entry["source"]
        try:
            changed = original.is_file() and sha256_file(original) != entry["sha256"]
        except (OSError, ValueError):
            findings.remarks.append(f"the original of the table {name!r} ({entry['source']}) cannot be read")
            continue
        if changed:
            findings.problems.append(f"the original of the table {name!r} ({entry['source']}) is no longer what "
                                     "the result was made from: solve again")


def _solver(problem: Problem, result: Mapping[str, Any], findings: _Findings) -> None:
    """The run's limits stand in the spec too."""
    entry = problem.spec.solver
    limit = None if entry.time_limit == float("inf") else entry.time_limit
    wanted = {"name": entry.name, "seed": entry.seed, "gap": entry.gap, "time_limit": limit}
    said = {key: result["solver"][key] for key in wanted}
    findings.problems += [text.replace("recomputed, it is", f"{SPEC} says") for text in
                          differences(said, wanted, "solver")]


def _numbers(solution: Solution, result: Mapping[str, Any], findings: _Findings) -> None:
    """Everything in result.json but what cannot be recomputed: who solved it, how long it took, with which versions."""
    found = result_dict(solution, inputs=result["inputs"], files=result["files"])
    apart = ("format", "notices", "versions", "inputs", "files")
    findings.problems += differences({key: part for key, part in result.items() if key not in apart},
                                     {key: part for key, part in found.items() if key not in apart}, "")
    findings.problems += [f"result.json lacks the notice {notice!r}" for notice in found["notices"]
                          if notice not in result["notices"]]
    for name, table in solution.problem.tables.items():
        said = {key: result["inputs"][name][key] for key in ("rows", "sha256")}
        findings.problems += differences(said, table.source.to_json(), f"inputs.{name}")


def _infeasible(problem: Problem, result: Mapping[str, Any], findings: _Findings) -> None:
    """A domain's own proof says the same again; any other was rechecked by the audit."""
    if result["status"] != "infeasible":
        return
    proof = problem.proven_infeasible()
    if proof is not None:
        found = {"message": str(proof), "conflict": list(proof.conflict), "relief": list(proof.relief)}
        said = {key: result["infeasible"][key] for key in found}
        findings.problems += differences(said, found, "infeasible")
    if problem.recheck_infeasible(result["infeasible"]["proof"]):
        findings.checks.append("that no allocation keeps the rules is proven again")
    else:
        findings.remarks.append("that no allocation keeps the rules is the word of the solver; nobody can recheck it")


def _files(folder: Path, solution: Solution, result: Mapping[str, Any], registry: Registry,
           findings: _Findings) -> None:
    """Tables and reporters' files come out again byte for byte; no other file is listed."""
    texts = result_tables(solution)
    texts |= {name: reporter(solution) for name, reporter in registry.reporters.items() if name in result["files"]}
    for name, text in texts.items():
        if name not in result["files"]:
            findings.problems.append(f"result.json: files lacks {name}")
        elif (said := _read(folder / name)) is not None and said != text:
            findings.problems.append(text_difference(name, said, text))
    others = {SPEC, REPORT} | {entry["file"] for entry in result["inputs"].values()}
    if result["certificate"] is not None:
        others.add(CERTIFICATE)
    findings.problems += [f"result.json: files lacks {name}" for name in sorted(others - set(result["files"]))]
    findings.remarks += [f"{name} was not made by anything installed here: only its digest was checked"
                         for name in result["files"] if name not in others and name not in texts]
    if texts:
        findings.checks.append(f"{len(texts):,} tables and files are the same when made again")


def _report(folder: Path, solution: Solution, result: Mapping[str, Any], findings: _Findings) -> None:
    """The report says the same when it is made again, as far as the versions are the same."""
    said, spec = _read(folder / REPORT), _read(folder / SPEC)
    if said is None or spec is None or findings.problems:
        return
    now = versions(solution.problem)
    own = ("evenhand", type(solution.problem).__module__.partition(".")[0], "jinja2")
    if any(result["versions"].get(name) != now.get(name) for name in own):
        findings.remarks.append(f"{REPORT} was made with other versions: only its digest was checked")
        return
    # Notices and versions as recorded: what a solver had to say cannot be made again.
    again = attrs.evolve(solution, notices=tuple(result["notices"]))
    found = render(again, spec_text=spec, versions=result["versions"], inputs=result["inputs"])
    if said == found:
        findings.checks.append(f"{REPORT} is the same when made again")
    elif _CHART.sub("", said) == _CHART.sub("", found):
        findings.remarks.append(f"the texts of {REPORT} are the same when made again; its charts are drawn differently "
                                "here, so only their digest was checked")
    else:
        findings.problems.append(text_difference(REPORT, _CHART.sub("", said), _CHART.sub("", found)))


def _read(path: Path) -> str | None:
    """A file's text with its line ends as they are; None when it is missing, which is reported elsewhere."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _said(solution: Solution) -> list[str]:
    """What holds, in words."""
    said = []
    if solution.value is not None:
        said.append(f"the value {solution.value!r} and every term are recomputed from the tables")
        rules = len(solution.problem.rules())
        if solution.status == "violates":
            said.append(f"the {len(solution.violations):,} violations are the recorded ones")
        else:
            said.append("the answer is a decision of the right form" if not rules else "the answer keeps its rule"
                        if rules == 1 else f"the answer keeps all {rules:,} rules")
    if solution.verified_bound is not None and solution.certificate is not None:
        said.append(f"the bound {solution.verified_bound!r} is recomputed from the certificate "
                    f"({solution.certificate.kind})")
    if solution.claimed_bound is not None:
        said.append(f"the bound {solution.claimed_bound!r} is the word of {solution.run.used}: nobody can recheck it")
    return said
