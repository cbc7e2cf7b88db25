"""The heart: what a lead is, what comes next and why. Standard library only, no I/O, no clock, no chance."""
