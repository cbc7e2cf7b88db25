"""Nurture: durable per-lead nurture sequences, from a YAML file to a rep's inbox."""
