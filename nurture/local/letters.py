"""The mails that people and their mail systems write back: answers, absence notes, bounces and complaints."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime

from nurture.local.mail_catcher import Mail

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "interested": "Hi, this sounds good. Let's talk, I am free on Thursday afternoon. Please give me a call.",
        "not_now": "Thanks, but not right now. Please get back to me next quarter.",
        "not_interested": "Thank you, but we are not interested.",
        "question": "Quick question: does it work with our CRM, and how much does it cost?",
        "wrong_person": "I am not the right person for this. Please contact my colleague in operations.",
    },
    "de": {
        "interested": "Klingt gut, ich habe Interesse. Rufen Sie mich gerne an.",
        "not_now": "Danke, aber im Moment passt es nicht. Bitte melden Sie sich im nächsten Quartal wieder.",
        "not_interested": "Vielen Dank, aber wir haben kein Interesse.",
        "question": "Eine Frage: Was kostet das im Jahr, und gibt es eine Schnittstelle zu unserem CRM?",
        "wrong_person": "Dafür bin ich nicht der richtige Ansprechpartner.",
    },
}
"""What people write, by language and by what they mean."""


def words_for(intent: str, language: str) -> str:
    """Return how somebody who speaks `language` says it; English for languages we have no words in."""
    return WORDS.get(language, WORDS["en"])[intent]


def reply(mail: Mail, words: str, at: datetime) -> bytes:
    """Return a person's answer: to the Reply-To address, in the thread, with the first lines quoted."""
    subject = mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}"
    letter = _letter(mail, answer_address(mail), subject, at, "reply")
    letter["In-Reply-To"] = mail.message_id
    letter["References"] = " ".join(filter(None, [mail.headers.get("references", ""), mail.message_id]))
    letter.set_content(f"{words}\n\nOn {at:%d %b %Y}, somebody wrote:\n> {mail.subject}\n")
    return letter.as_bytes()


def absence_note(mail: Mail, returns_on: str, at: datetime) -> bytes:
    """Return the note of a mail program whose owner is away until `returns_on` (ISO date) (RFC 3834)."""
    letter = _letter(mail, mail.envelope_from, f"Automatic reply: {mail.subject}", at, "away")
    letter["Auto-Submitted"] = "auto-replied"
    letter["In-Reply-To"] = mail.message_id
    letter.set_content(f"Thank you for your mail. I am out of the office and will be back on {returns_on}.\n")
    return letter.as_bytes()


def bounce(mail: Mail, at: datetime) -> bytes:
    """Return the delivery status notification of a mail system that does not know the recipient (RFC 3464)."""
    system = f"mailer-daemon@{mail.to.rpartition('@')[2]}"
    report = _report("delivery-status", system, mail.envelope_from, "Undelivered Mail Returned to Sender", mail, at)
    report.attach(MIMEText(f"Your message to {mail.to} could not be delivered: there is no such mailbox.\n"))
    status = Message()
    status["Reporting-MTA"] = f"dns; {mail.to.rpartition('@')[2]}"
    recipient = Message()
    recipient["Final-Recipient"] = f"rfc822; {mail.to}"
    recipient["Action"] = "failed"
    recipient["Status"] = "5.1.1"
    recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 The mailbox does not exist"
    report.attach(_blocks("delivery-status", status, recipient))
    report.attach(_original(mail))
    return report.as_bytes(policy=SMTP)


def complaint(mail: Mail, at: datetime) -> bytes:
    """Return the feedback report of a mailbox provider whose user pressed "this is spam" (RFC 5965)."""
    report = _report("feedback-report", "feedback@provider.example.com", mail.envelope_from, "Abuse report", mail, at)
    report.attach(MIMEText("This is an abuse report for a message that one of our users received.\n"))
    feedback = Message()
    feedback["Feedback-Type"] = "abuse"
    feedback["User-Agent"] = "Feedback/1.0"
    feedback["Version"] = "1"
    feedback["Original-Mail-From"] = f"<{mail.envelope_from}>"
    feedback["Original-Rcpt-To"] = f"<{mail.to}>"
    report.attach(_blocks("feedback-report", feedback))
    report.attach(_original(mail))
    return report.as_bytes(policy=SMTP)


def _letter(mail: Mail, to: str, subject: str, at: datetime, kind: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    letter["From"] = mail.to
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = _answer_id(mail, kind)
    return letter


def _report(kind: str, sender: str, to: str, subject: str, mail: Mail, at: datetime) -> MIMEMultipart:
    report = MIMEMultipart("report")
    report.set_param("report-type", kind)
    report["From"] = sender
    report["To"] = to
    report["Subject"] = subject
    report["Date"] = format_datetime(at)
    report["Message-ID"] = _answer_id(mail, kind)
    report["Auto-Submitted"] = "auto-replied"
    return report


def _blocks(kind: str, *blocks: Message) -> Message:
    part = Message()
    part["Content-Type"] = f"message/{kind}"
    part.set_payload(list(blocks))
    return part


def _original(mail: Mail) -> Message:
    original = Message()
    original["Message-ID"] = mail.message_id
    original["To"] = mail.to
    original["Subject"] = mail.headers.get("subject", "")
    original.set_payload("")
    return MIMEMessage(original)


def answer_address(mail: Mail) -> str:
    """Return where a person's answer goes: the Reply-To address, else the sender."""
    return mail.headers.get("reply-to", mail.headers.get("from", "")).rpartition("<")[2].strip(" >")


def _answer_id(mail: Mail, kind: str) -> str:
    """One answer of a kind to a mail: the same mail program would not write it twice."""
    return f"<{kind}.{mail.message_id.strip('<>').partition('@')[0]}@{mail.to.rpartition('@')[2]}>"
