"""Measured claims: every row of the budget table, each against a baseline in the same run."""
