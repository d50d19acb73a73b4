"""Tests of the apportionment domain."""
