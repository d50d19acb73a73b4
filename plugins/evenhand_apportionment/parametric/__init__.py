"""The parametric error of an apportionment: exact minimisers, every size at once, and proofs of both."""
