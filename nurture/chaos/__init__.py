"""The fault suite: real processes, faults from outside, and a checker that asks only facts."""
