"""Measured claims: every row of the budget table, each against a baseline that runs in the same minute on this machine."""
