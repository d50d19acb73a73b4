"""Deferred acceptance in everyday Python, one object for each student and program: the yardstick of ours."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence

from attrs import Factory, define


@define(eq=False)
class Student:
    """Who applies: programs best first, points at each of them, a lottery number (the larger goes first)."""

    number: int
    preferences: Sequence[int]
    points: Mapping[int, int]
    lottery: int
    asked: int = 0
    program: Program | None = None

    def key(self, program: int) -> tuple[int, int]:
        """Smallest for whom the program wants most."""
        return -self.points[program], -self.lottery


@define(eq=False)
class Program:
    """Where one applies: seats, and the students held, best first."""

    number: int
    capacity: int
    held: list[Student] = Factory(list)

    def hold(self, student: Student) -> Student | None:
        """Take a student in; who is turned out for it, or could not be held at all."""
        insort(self.held, student, key=lambda one: one.key(self.number))
        student.program = self
        if len(self.held) <= self.capacity:
            return None
        last = self.held.pop()
        last.program = None
        return last


def assign(preferences: Sequence[Sequence[int]], points: Sequence[Sequence[int]], capacity: Sequence[int],
           lottery: Sequence[int]) -> list[int]:
    """Place of the admitting program on each student's list, 0 the first choice, -1 unassigned."""
    students = [Student(number, listed, dict(zip(listed, own, strict=True)), drawn)
                for number, (listed, own, drawn) in enumerate(zip(preferences, points, lottery, strict=True))]
    programs = [Program(number, seats) for number, seats in enumerate(capacity)]
    waiting = list(students)
    while waiting:
        student = waiting.pop()
        if student.asked == len(student.preferences):
            continue
        program = programs[student.preferences[student.asked]]
        student.asked += 1
        turned_out = program.hold(student)
        if turned_out is not None:
            waiting.append(turned_out)
    return [-1 if student.program is None else student.asked - 1 for student in students]
