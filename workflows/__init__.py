"""Deterministic orchestration: workflows ask the planner and wait; they own no provider, file, database or clock."""
