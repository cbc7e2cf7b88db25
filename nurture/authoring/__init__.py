"""Reads what marketers and operators wrote: YAML with places, checks, templates and the schema for editors."""
