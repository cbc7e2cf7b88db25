"""Deterministic orchestration: workflows ask the planner and wait; no provider, file, database or clock of their own."""
