"""The ways in: what the world sends back, told apart and turned into facts."""
