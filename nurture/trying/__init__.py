"""Trying a sequence without a server: tests in the marketer's words, simulated crowds, and the charts of both."""
