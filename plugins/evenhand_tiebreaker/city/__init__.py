"""A synthetic city: blocks with polygons, students, applicants and programs, all drawn from one seed.

Nothing in it is real. It serves as the shipped sample and, at other sizes, in tests and benchmarks.
"""
