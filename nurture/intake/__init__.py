"""Leads coming in: rows of any spreadsheet or API become people, with what they agreed to and what they refused."""

from nurture.intake.guessing import guess_mapping
from nurture.intake.importing import ImportReport, import_leads
from nurture.intake.leadmap import Column, ConsentColumns, Inquiry, LeadMap, Part
from nurture.intake.mapfile import dump_map, load_map, table
from nurture.intake.person import Accepted, accept, contact_of
from nurture.intake.reading import Limits, Rejected, Row, guess_file, read_leads, shape_of
from nurture.intake.rejects import Rejects, rejects_file

__all__ = [
    "Accepted", "Column", "ConsentColumns", "ImportReport", "Inquiry", "LeadMap", "Limits", "Part", "Rejected",
    "Rejects", "Row", "accept", "contact_of", "dump_map", "guess_file", "guess_mapping", "import_leads", "load_map",
    "read_leads", "rejects_file", "shape_of", "table",
]  # fmt: skip
