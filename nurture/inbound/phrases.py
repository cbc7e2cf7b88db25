"""The words mail programs and mail systems use: one phrase a line, case ignored, many languages."""

from __future__ import annotations

import re


def any_of(phrases: tuple[str, ...], before: str = "", after: str = "", flags: int = 0) -> re.Pattern[str]:
    """Return one pattern for all phrases, each between `before` and `after`; case is ignored."""
    return re.compile(f"{before}(?:{'|'.join(phrases)}){after}", re.IGNORECASE | flags)


ABSENT_SUBJECTS = (
    r"auto(?:matic|mated|matische|mática|matica|matique|matisch|matiskt|matisk)?\W{0,2}(?:reply|response|respons|"
    r"antwort|antwoord|svar|replied|acknowledg\w+)",
    r"auto(?:r[eé]ponse|reply|svar|antwort)?:",
    r"out[- ]of[- ](?:the[- ])?office",
    r"ooo\b",
    r"oof\b",
    r"away from (?:the|my) (?:office|desk|e-?mail)",
    r"(?:on|currently on) (?:vacation|holiday|leave|annual leave|maternity|parental)",
    r"vacation (?:reply|notice|message|response)",
    r"i(?:'| a)m (?:currently )?(?:on|out|away)",
    r"(?:annual|maternity|parental|sick) leave",
    r"abwesen",
    r"urlaub",
    r"nicht im (?:büro|haus)",
    r"r[eé]ponse automatique",
    r"absen(?:ce|t)",
    r"message d'absence",
    r"respuesta autom",
    r"fuera de (?:la )?oficina",
    r"ausen",
    r"resposta autom",
    r"risposta automatica",
    r"fuori (?:sede|ufficio)",
    r"assen(?:za|te)",
    r"afwezig",
    r"automatisch",
    r"frånvar",
    r"fravær",
    r"poissa",
    r"automaattinen",
    r"odpowied[zź] automatyczna",
    r"autoodpowied",
    r"nieobecno",
    r"automatická odpov",
    r"автоответ",
    r"автоматический ответ",
    r"自動(?:返信|応答)",
    r"自动(?:回复|答复)",
)
"""How automatic answers begin their subject."""

BOUNCE_SUBJECTS = (
    r"undeliver",
    r"(?:not|un)[- ]?(?:be )?deliver",
    r"deliver\w* (?:status|failure|notification|report|problem|error|has failed|delay)",
    r"return(?:ed)? (?:to sender|mail|e-?mail|message)",
    r"fail(?:ure|ed) (?:notice|delivery|notification|mail|report)",
    r"mail (?:delivery|system|failure|error)",
    r"(?:message|mail|e-?mail) (?:\w+ )?(?:bounced|returned|rejected|refused)",
    r"non[- ]?(?:deliver|remis)",
    r"unzustellbar",
    r"nicht zustellbar",
    r"non remis",
    r"echec",
    r"niet bezorg",
    r"no (?:se ha )?(?:podido )?entreg",
    r"mancato recapito",
    r"warning: (?:could not|message)",
    r"delivery (?:final )?(?:failed|delay)",
    r"unable to deliver",
    r"user unknown",
    r"could not be delivered",
    r"nondeliverable",
    r"\bndn\b",
    r"problem delivering",
    r"mailbox (?:full|unavailable)",
    r"bounce",
)
"""What mail systems put into the subject of a bounce."""

DELAYS = (
    r"still (?:being )?(?:trying|queued|retr|attempt)",
    r"will (?:be )?(?:retr|keep trying|continue|try)",
    r"has not yet been deliver",
    r"no action is required",
    r"do not need to resend",
    r"not yet been",
    r"delivery (?:is |has been |was )?delayed",
    r"warning message only",
    r"continue trying",
    r"temporarily delayed",
    r"will be (?:attempted|tried)",
)
"""A warning, not an end: the mail system still tries."""

DECLARATIONS = (
    r"(?:could not|cannot|can't|was not|has not been|unable to) (?:be )?deliver(?:ed)?",
    r"delivery (?:has )?failed",
    r"n'a pas pu [eê]tre d[eé]livr[eé]",
)
"""How a mail system says at once that a mail did not arrive."""

INTRODUCTIONS = (
    r"on\b.{6,300}?\bwrote\s?:",
    r"at\b.{6,300}?\bwrote\s?:",
    r"am\b.{6,300}?\bschrieb\b.{0,120}:",
    r"le\b.{6,300}?\ba écrit\s?:",
    r"el\b.{6,300}?\bescribi[oó]\s?:",
    r"em\b.{6,300}?\bescreveu\s?:",
    r"il\b.{6,300}?\bha scritto\s?:",
    r"op\b.{6,300}?\b(?:schreef|geschreven)\b.{0,120}:",
    r"den\b.{6,300}?\b(?:skrev|skreiv)\b.{0,120}:",
    r"w dniu\b.{6,300}?\b(?:pisze|napisa\w*|użytkownik)\b.{0,120}:",
    r"dne\b.{6,300}?\bnapsal\(?a?\)?\s?:",
    r".{6,120}?\bskrev\b.{0,120}:",
    r".{6,300}?\bkirjoitti\s?:",
    r".{6,300}?написал(?:\(а\)|а)?\s?:",
    r".{6,200}?\bписал(?:\(а\)|а)?\s?:",
    r"在.{6,300}?写道[:：]",
    r".{4,200}?のメール[:：]",
    r".{4,200}?작성[:：]",
    r".{2,200}<[^<>\s]+@[^<>\s]+>,? .{0,200}?(?:wrote|schrieb|escribió|writes)\s?:",
    r"(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?.{0,80}<[^<>\s]+@[^<>\s]+>\s?:?",
)
"""Who wrote and when, right above a quote."""

INTRODUCTION_ENDS = (
    r"wrote",
    r"writes",
    r"schrieb.{0,120}",
    r"a écrit",
    r"escribi[oó]",
    r"escreveu",
    r"ha scritto",
    r"schreef.{0,120}",
    r"geschreven",
    r"skrev.{0,120}",
    r"skreiv.{0,120}",
    r"pisze",
    r"napisa\w*",
    r"użytkownik.{0,120}",
    r"napsal\(?a?\)?",
    r"kirjoitti",
    r"писал(?:\(а\)|а)?",
    r"写道",
    r"のメール",
    r"작성",
    r"írta",
    r">",
    r"[:：]",
)
"""The last words of such a line, to find its end when it is wrapped."""

ORIGINALS = (
    r"original message",
    r"original appointment",
    r"ursprüngliche nachricht",
    r"original-?nachricht",
    r"message d'origine",
    r"message original",
    r"mensaje original",
    r"mensagem original",
    r"messaggio originale",
    r"oorspronkelijk bericht",
    r"forwarded message",
    r"weitergeleitete nachricht",
    r"oprindelig meddelelse",
    r"ursprungligt meddelande",
    r"pôvodná správa",
    r"původní zpráva",
    r"wiadomość oryginalna",
)
"""Between dashes: everything below is the mail that was answered."""

FROM_FIELDS = ("from", "von", "de", "da", "van", "från", "fra", "od", "lähettäjä", "от", "发件人", "寄件者", "差出人")
"""The sender's line in the head of a quoted mail."""

OTHER_FIELDS = (
    *("sent", "date", "to", "subject", "cc", "reply-to"),
    *("gesendet", "datum", "an", "betreff"),
    *("message du", "copie à", "envoyé", "à", "a", "objet", "sujet"),
    *("enviado(?: el)?", "fecha", "para", "asunto", "assunto"),
    *("data", "inviato", "oggetto", "verzonden", "aan", "onderwerp"),
    *("skickat", "till", "ämne", "sendt", "til", "emne", "lähetetty", "aihe"),
    *("wysłano", "do", "temat", "odesláno", "komu", "předmět"),
    *("отправлено", "кому", "тема", "дата"),
    *("发送时间", "收件人", "主题", "日期", "送信日時", "宛先", "件名"),
)
"""The other lines there."""

SIGN_OFFS = (
    r"(?:--+|—|__+)",
    r"(?:--?|—|–)\s?[^\W\d]\w*(?: [^\W\d]\w*){0,2}",
    r"(?:sent|gesendet|envoyé|enviado|inviato|verzonden|skickat|sendt|wysłan[eoa]|odesláno|отправлено|lähetetty)\b.{0,25}?"
    r"\b(?:from|via|von|vom|mit|depuis|de|desde|do|da|dal|vanaf|van|från|fra|z|ze|с|with|using)\b.{1,50}",
    r"(?:get outlook for|download outlook|von meinem .{1,30} gesendet|mit freundlichen grüßen von meinem)\b.{0,60}",
    r"(?:sent from|posted from|written from|typed on) .{1,40}",
    r"iPhone(?:から|에서|发送).{0,20}",
)
"""A whole line that begins a signature."""

OUT_OF_OFFICE = (
    r"out of (?:the )?office",
    r"on (?:annual |maternity |parental |sick )?(?:leave|vacation|holiday)",
    r"away from (?:the|my) (?:office|desk)",
)
"""What follows "I am" in the first sentence of an absence note."""
