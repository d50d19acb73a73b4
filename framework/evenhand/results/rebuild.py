"""From a run's folder back to the problem, the answer and its certificates, trusting nothing that was concluded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.certificates import Certificate, CertificateError, ClaimedCertificate, certificate_from_json
from evenhand.errors import DataError, InfeasibleError, UnknownNameError, VerificationError
from evenhand.results.result_json import ALLOCATION, CERTIFICATE, FORMAT, read_json
from evenhand.results.write import OUR_KEYS, SPEC
from evenhand.solution import Candidate, Moment, RunRecord

if TYPE_CHECKING:
    from evenhand.model import Problem
    from evenhand.plugins import Registry
    from evenhand.shapes import Allocation


def rebuilt_problem(folder: Path, result: Mapping[str, Any], registry: Registry) -> Problem:
    """The problem of spec.toml and the copies of the tables.

    Raises
    ------
    UnknownNameError
        The domain's plugin is not installed.
    VerificationError
        The spec reads other files than the copies, or they make no problem.
    """
    from evenhand.errors import EvenhandError
    from evenhand.spec.build import build_problem, load_spec

    try:
        spec = load_spec(folder / SPEC, registry)
    except UnknownNameError:
        raise
    except EvenhandError as fault:
        raise VerificationError([f"{SPEC} cannot be read: {fault}"]) from None
    if spec.domain != result["domain"]:
        raise VerificationError([f"result.json: domain says {result['domain']!r}; {SPEC} says {spec.domain!r}"])
    copies = {name: entry["file"] for name, entry in result["inputs"].items()}
    read = {name: source.file for name, source in spec.data.items()}
    if copies != read:
        raise VerificationError([f"{SPEC} reads the tables {read}; the result was made from {copies}"])
    try:
        return build_problem(spec, registry)
    except EvenhandError as fault:
        raise VerificationError([f"{SPEC} and the copies of the tables make no problem: {fault}"]) from None


def read_candidate(folder: Path, result: Mapping[str, Any], problem: Problem) -> Candidate:
    """What a solver would have handed over, read back from the files.

    Raises
    ------
    VerificationError
        The allocation or the certificate cannot be read.
    """
    infeasible = None
    if result["infeasible"] is not None:
        said = result["infeasible"]
        infeasible = InfeasibleError(said["message"], conflict=said["conflict"], relief=said["relief"],
                                     proof=said["proof"])
    return Candidate(allocation=_allocation(folder, result, problem),
                     certificates=_certificates(folder, result, problem),
                     infeasible=infeasible, used=result["solver"]["used"],
                     comparison=result["status"] == "violates")


def read_run(result: Mapping[str, Any]) -> RunRecord:
    """The run as result.json tells it; nothing can be recomputed of it but what the spec says too."""
    said, history = result["solver"], result["history"]
    columns = history["seconds"], history["value"], history["bound"]
    moments = tuple(Moment(*moment) for moment in zip(*columns, strict=True))
    return RunRecord(name=said["name"], used=said["used"], seconds=said["seconds"], seed=said["seed"], gap=said["gap"],
                     time_limit=said["time_limit"], stopped=said["stopped"], history=moments)


def _allocation(folder: Path, result: Mapping[str, Any], problem: Problem) -> Allocation | None:
    from evenhand.tables.csv_out import read_output

    expected = ALLOCATION if result["status"] in ("optimal", "feasible", "violates") else None
    if result["allocation"] != expected:
        raise VerificationError([f"result.json: allocation says {result['allocation']!r}; with the status "
                                 f"{result['status']!r} it is {expected!r}"])
    if expected is None:
        return None
    try:
        return problem.read_allocation(read_output(folder / ALLOCATION, ALLOCATION))
    except DataError as fault:
        raise VerificationError([str(fault)]) from None
    except KeyError as fault:
        raise VerificationError([f"{ALLOCATION} has no column {fault}"]) from None
    except (ValueError, IndexError) as fault:
        raise VerificationError([f"{ALLOCATION} holds no decision of this problem: {fault}"]) from None


def _certificates(folder: Path, result: Mapping[str, Any], problem: Problem) -> list[Certificate]:
    if result["certificate"] is None:
        return []
    read = read_json(folder / CERTIFICATE)
    faults = []
    if read.get("format") != FORMAT:
        faults.append(f"{CERTIFICATE} has the format {read.get('format')!r}, not {FORMAT}")
    if result["certificate"] != {"kind": read.get("kind"), "file": CERTIFICATE}:
        faults.append(f"result.json: certificate says {result['certificate']}; {CERTIFICATE} holds the kind "
                      f"{read.get('kind')!r}")
    if faults:
        raise VerificationError(faults)
    content = {key: value for key, value in read.items() if key not in OUR_KEYS or key == "kind"}
    try:
        certificates = [certificate_from_json(problem.domain, content)]
        if "claimed" in read:
            certificates.append(ClaimedCertificate.from_json(_mapping(read["claimed"])))
    except CertificateError as fault:
        raise VerificationError([f"{CERTIFICATE}: {fault}"]) from None
    return certificates


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CertificateError("the claimed bound cannot be read: it is no object")
    return value
