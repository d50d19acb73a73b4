"""The classic methods of apportionment on exact numbers: plain functions, no tables and no framework.

Populations are whole numbers of any size or ``Fraction``; groups are known by their row number, from 0. Whatever
decides who gets a unit is compared exactly; floats only narrow a search or are shown.
"""
