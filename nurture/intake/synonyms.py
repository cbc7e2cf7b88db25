"""What people call their columns, in the spelling of `snake_case`: the knowledge behind guessing a map."""

from __future__ import annotations

import re

from nurture.domain.lead import Channel
from nurture.intake.leadmap import PHONE_CHANNELS, Part

NAMES: dict[Part, tuple[str, ...]] = {
    Part.EMAIL: ("email", "e_mail", "email_address", "e_mail_address", "mail", "work_email", "business_email",
                 "courriel"),
    Part.PHONE: ("phone", "phone_number", "mobile", "mobile_number", "mobile_phone", "cell", "cell_phone", "telephone",
                 "tel", "telefon", "telefonnummer", "handy", "contact_number", "work_phone", "whatsapp_number"),
    Part.FIRST_NAME: ("first_name", "firstname", "given_name", "forename", "vorname", "prenom", "nombre"),
    Part.LAST_NAME: ("last_name", "lastname", "surname", "family_name", "nachname", "nom", "apellido", "apellidos"),
    Part.FULL_NAME: ("name", "full_name", "fullname", "contact_name", "lead_name", "contact", "person"),
    Part.COMPANY: ("company", "company_name", "organisation", "organization", "account", "account_name", "firma",
                   "employer", "business_name", "unternehmen", "societe", "empresa"),
    Part.COUNTRY: ("country", "country_code", "country_region", "land", "pays", "pais"),
    Part.REGION: ("region", "state", "province", "state_province", "state_region", "bundesland", "county"),
    Part.LANGUAGE: ("language", "locale", "preferred_language", "lang", "sprache", "langue", "idioma"),
    Part.TIMEZONE: ("timezone", "time_zone", "tz", "zeitzone"),
    Part.SOURCE: ("source", "lead_source", "original_source", "utm_source", "channel_source", "quelle"),
    Part.ORIGIN: ("origin", "lead_origin", "lead_type", "entry_point", "capture_method", "how_created"),
    Part.OWNER: ("owner", "lead_owner", "account_owner", "rep", "sales_rep", "assigned_to"),
    Part.PROSPECT_ID: ("prospect_id", "lead_id", "contact_id", "record_id", "external_id", "id", "crm_id", "uuid"),
    Part.CREATED_AT: ("created_at", "created", "create_date", "created_date", "date_created", "created_on",
                      "signup_date", "sign_up_date", "lead_created", "submitted_at", "timestamp", "date_added"),
}  # fmt: skip
"""Part -> the names its column goes by, the likeliest first."""

OPT_OUTS: dict[str, tuple[Channel, ...]] = {
    "do_not_email": (Channel.EMAIL,),
    "email_opt_out": (Channel.EMAIL,),
    "opted_out_of_email": (Channel.EMAIL,),
    "has_opted_out_of_email": (Channel.EMAIL,),
    "unsubscribed": (Channel.EMAIL,),
    "email_unsubscribed": (Channel.EMAIL,),
    "do_not_call": PHONE_CHANNELS,
    "dnc": PHONE_CHANNELS,
    "do_not_sms": (Channel.SMS,),
    "do_not_text": (Channel.SMS, Channel.WHATSAPP),
    "sms_opt_out": (Channel.SMS,),
    "do_not_contact": (Channel.EMAIL, *PHONE_CHANNELS),
    "opt_out": (Channel.EMAIL, *PHONE_CHANNELS),
    "opted_out": (Channel.EMAIL, *PHONE_CHANNELS),
}
"""Columns in which a yes is a no: name -> the channels it closes."""

CONSENT = re.compile(r"(?:^|_)(?:consent|opt_in|opted_in|permission|gdpr)(?:_|$)")
"""What a column that claims consent has in its name."""

CHANNELS: dict[str, Channel] = {
    "whatsapp": Channel.WHATSAPP,
    "sms": Channel.SMS,
    "text": Channel.SMS,
    "mobile": Channel.SMS,
    "call": Channel.CALL,
    "phone": Channel.CALL,
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
}
"""Word in a consent column's name -> its channel; without one it is e-mail."""

PRIVATE = re.compile(
    r"(?:^|_)(?:address|street|postcode|zip|linkedin|twitter|birth|birthday|dob|ssn|passport|iban|ip|fax|password)(?:_|$)"
)
"""Columns that say who or where somebody is: no business of a workflow's facts."""

WORDY = re.compile(r"(?:^|_)(?:notes?|comments?|message|remarks?|url|website|email|phone|mobile)(?:_|$)")
"""Columns that hold free words or addresses, unless their values are plain numbers or yes and no."""
