"""What people write when they mean something: patterns over small letters without accents, one a line.

The order of the lists is the order of asking, and the first match wins: an opt-out is heard through any politeness.
"""

# ruff: noqa: E501 - a pattern that is broken over lines is read by nobody

from __future__ import annotations

_MAIL = (
    r"(?:e-?mails?|mails?|messages?|msgs?|texts?|sms|newsletters?|spam|calls?|contact|communications?|offers|updates)"
)
_NOT = r"(?:do not|don'?t|dont|never|no longer|stop)"

OPT_OUT = rf"""
(?<!don't )(?<!dont )(?<!do not )(?<!n't want to )(?<!not want to )(?<!never )\bun-?s[ub]{{1,2}}(?:sc|s?cr|sr|sb)[a-z]{{1,9}}
\bunsub\b|\bunscribe
(?<!don't )(?<!do not )(?<!n't want to )(?<!not want to )\bopt(?:ing|ed)?[ -]?(?:me |us )?out\b
\b(?:stop|quit|cease|discontinue)(?: on)? (?:sending|e-?mailing|mailing|texting|messaging|contacting|calling|spamming|writing|bothering|harassing)
\b(?:stop|quit|cease|cancel|end) (?:all |any |with )?(?:this |these |those |the |your |my |all )?(?:\w+ )?{_MAIL}\b
\b(?:please|pls|plz|just|pleas|kindly) stop\b(?! by)|^\W*(?:stop|stopp|sotp|stpo)\W*(?:$|please|pls|now|it\b|this\b|already|thanks)
\b(?:remove|delete|drop|erase|scrub|strike|unlist) (?:me|us)\b
\b(?:remove|delete|drop|erase|take|strike) (?:my|our|this) (?:\w+ )?(?:e-?mail|name|address|number|data|details|info\w*|contact)\b
\b(?:be|get|been) (?:\w+ )?(?:removed|deleted|unlisted|taken off|off (?:this|your|the))\b|\bget off (?:of )?(?:this|your|the|these) \w*\s?(?:list|mailing|e-?mails?|emails?)\b
\btake (?:me|us|my \w+(?: \w+)?) (?:off|out)\b|\bget me off\b
\b{_NOT} (?:ever )?(?:e-?mail|contact|text|message|call|write|spam|bother)(?: to)? (?:me|us|this \w+|here)\b(?: again| any ?more| any longer| ever)?\s*(?:[.!,]|$|again|any ?more|any longer|ever)
\b{_NOT} (?:want|wish|like|care) (?:to )?(?:receive|get|hear|be (?:contacted|e-?mailed|texted|called)|any|your|these|more|further)
\bno (?:more|further) (?:of )?(?:your |these |this )?{_MAIL}\b
\bleave (?:me|us) alone\b|\b(?:lose|forget) (?:my|this) (?:number|e-?mail|address)\b|\b(?:go away|piss off|f\S{{1,4}} off)\b
\b(?:withdraw|revoke) (?:my |our )?(?:consent|permission)|\bright to (?:erasure|be forgotten|object)\b|\bobject to (?:\w+ )?(?:processing|marketing|direct)
\b(?:report|mark|flag)(?:ed|ing)? (?:\w+ ){{0,3}}(?:as )?spam\b|\b(?:this|it)(?: is|'s) (?:just )?spam\b|\bspamming (?:me|us)\b
\b(?:abmelden|abbestell\w*|austragen|abmeldung)\b|\bmelden sie mich (?:bitte )?ab\b|\btragen sie mich (?:bitte )?aus\b
\bkeine?n? weiteren? (?:e-?mails?|mails|nachrichten|newsletter|werbung|sms|anrufe)\b|\bkeine?n? (?:weiteren? )?(?:e-?mails?|mails|nachrichten|newsletter|werbung|sms|anrufe|post|kontaktaufnahme)\b(?: mehr| von ihnen|[.!]|$)
\bnicht (?:mehr|weiter|langer) (?:an(?:zu)?schreiben|kontaktieren|an(?:zu)?rufen|schreiben|belastigen|kontaktiert|angeschrieben)|\bschreiben sie mir nicht
\b(?:horen|hor) (?:sie |endlich )*(?:endlich )?auf\b|\b(?:lassen sie|lasst) mich in ruhe\b|\bwiderspreche\b|\bwiderrufe\b
\b(?:aus|von) (?:dem|ihrem|der|ihrer|eurem|eurer) (?:e-?mail-?)?(?:verteiler|liste|mailingliste|newsletter)|\bloschen sie (?:bitte )?(?:mich|meine)
\bdesabonn\w*|\bdesinscri\w*|\bme desinscrire\b|\bretirez[ -](?:moi|nous|mon|mes)|\benlevez[ -](?:moi|mon)|\bsupprimez (?:moi|mon|mes|mon)
\bne (?:m'|me |nous )?(?:envoyez|ecrivez|contactez|appelez|sollicitez|envoyer|contacter)(?:[ -]moi)? plus\b|\bcessez (?:de|d')
\barretez (?:de |d'|vos |les |ces |tout)|\b(?:souhaite|veux|desire|voudrais|souhaitons)(?: pas| plus)+ (?:recevoir|etre|de)|\blaissez[ -](?:moi|nous) tranquille|\bstop aux? \w+
\b(?:dar(?:me|nos)?|denme|deme|dese|causar) (?:de )?baja\b|\bno mas\b(?! que)|\bno (?:me |nos )?(?:envien?|manden?|escriban?|contacten?|llamen?|molesten?)(?: mas|[.! ]|$)
\bno (?:quiero|deseo|queremos) (?:recibir|mas|seguir)|\bdejen? de (?:enviar|mandar|escribir|llamar|molestar)\w*|\b(?:eliminen?|borren?|quiten?)(?:me|nos| mi| mis)\b|\bcancel\w* (?:mi |la )?suscripcion
\b(?:cancellatemi|cancellami|disiscri\w*|cancellarmi|rimuovetemi|toglietemi)\b|\bnon (?:inviat|mandat|scriv|contatt|chiamat)\w* piu|\bnon voglio (?:piu )?ricevere|\bbasta (?:mail|e-?mail|messaggi|sms)
\bdescadastr\w*|\bnao (?:quero|desejo) (?:mais )?receber|\bpar(?:e|em|ar) de (?:me )?(?:enviar|mandar|ligar|escrever)|\bremov(?:a|am|er) (?:meu|me|o meu)\b|\bcancelar (?:minha |a )?(?:inscricao|assinatura)
\b(?:uitschrijven|afmelden)\b|\bschrijf me uit\b|\bgeen (?:e-?mails?|mails?|berichten|mailtjes) meer\b|\bstop met (?:mailen|sturen|bellen|berichten)|\bniet meer (?:mailen|benaderen|bellen)
\bwypisz\w*|\bprosze (?:mnie )?(?:usunac|nie pisac|wypisac)|\bavregistrera\b|\bsluta (?:skicka|mejla|maila)|\bafmeld mig\b
"""

WRONG_PERSON = r"""
\bwrong (?:person|number|guy|address|e-?mail|contact|department|team|company|recipient)\b
\bnot (?:really |quite )?(?:the )?(?:right|correct|best|appropriate) (?:person|contact|one to|department|team|address)\b
\bno longer (?:works?|working|employed|with|at|part of|in (?:this|that) (?:role|position|job)|responsible|handles?|the)\b(?! interested)
\bleft (?:the |our |this )?(?:company|firm|organi[sz]ation|business)\b|\b(?:has|have|had|'ve) (?:already |since )?left us\b|\bi left \w+ (?:last|in|a)\b
\bi (?:do not|don'?t|no longer) (?:handle|deal with|make|take care of|manage|decide|look after)\b
\b(?:should|need to|want to|better) (?:to )?(?:talk|speak|reach out|write|be talking|be speaking) (?:to|with) (?!me\b|you\b|us\b)
\b(?:contact|reach out to|try|ask|email|write to|speak to|speak with|talk to) (?:my|our) (?:colleague|coworker|boss|manager|cto|ceo|it|procurement|purchasing|head|assistant)
\b(?:is|are) (?:the one |the person |the right one )?(?:responsible for|in charge of|who handles|who decides|the (?:right|correct|better|best) (?:person|contact))
\b(?:reach out to|contact|write to|talk to|speak to) [a-z]+(?: [a-z]+)? instead\b|\bnot my (?:area|department|responsibility|job|field|topic)\b|\b(?:passed away|is retired|has retired|have retired)\b
\bfalsche[rsn]? (?:ansprechpartner\w*|person|nummer|adresse|abteilung|kontakt)|\bnicht (?:mehr )?(?:dafur |hierfur )?(?:zustandig|verantwortlich)\b|\bnicht (?:der|die) richtige
\bnicht mehr (?:im unternehmen|in der firma|in unserem|bei uns|bei der|tatig|beschaftigt)|\bwenden sie sich (?:bitte )?an\b|\bhat (?:das unternehmen|die firma|uns) verlassen
\bmauvais(?:e)? (?:personne|numero|interlocut\w+|adresse|service)|\bpas la bonne personne|\bpas le bon (?:interlocuteur|contact|service)|\bne (?:travaille|fait) plus (?:ici|chez|pour|partie|dans)|\badressez[ -]vous a|\bcontactez plutot|\ba quitte (?:la societe|l'entreprise|notre)
\b(?:persona|numero|direccion|departamento) (?:equivocad\w|incorrect\w|erroneo)|\bno soy la persona|\b(?:equivocado|confundido) de persona|\bya no (?:trabaj\w+|esta con|labora)|\bpongase en contacto con|\bcontacte (?:a|con) mi\b
"""

NOT_NOW = r"""
\bnot (?:right |just )?now\b|\bnot (?:really |exactly )?(?:a|the) (?:good|right|best|great|ideal) (?:time|moment)\b|\b(?:bad|wrong|poor) (?:timing|time|moment)\b|\btiming (?:is|isn't|is not|doesn't)
\bnot(?: \w+){0,4} (?:at|for|in) (?:the|this) (?:moment|time|point|stage|quarter|month|year)\b|\bcurrently not\b|\bnot (?:yet|currently)\b(?! (?:sure|received|seen))|\bnot ready\b|\bnot a priority\b
\b(?:circle|check|get|come|reach|touch|follow|ping|try|contact|write|ask|remind|call|talk|speak|connect|revisit|reconnect)\b.{0,30}\b(?:again|later|in (?:a few|a couple of|about|\d+|two|three|four|six|several) (?:weeks?|months?)|next (?:month|quarter|year|spring|summer|autumn|fall)|after (?:the|our|my|summer|christmas|easter|january)|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|in (?:the )?(?:q[1-4]|spring|summer|autumn|fall|new year))\b
\b(?:circle|come|check|get) back (?:to (?:me|us|this) )?(?:with (?:me|us) )?(?:in|next|after|later|around|towards)\b
\b(?:too|very|super|really|extremely|crazy) busy\b|\bswamped\b|\bsnowed under\b|\bon hold\b|\bdown the (?:road|line)\b|\brevisit\b|\bon the back ?burner\b
\bno budget\b|\bbudgets? .{0,25}(?:frozen|freeze|spent|used up|exhausted|next year|until|cycle)|\b(?:hiring|spending|budget) freeze\b
\b(?:maybe|perhaps|possibly) (?:later|next|in|another|after|some other)\b|\bin (?:a few|a couple of|\d+|two|three|four|six|several) months\b|\banother time\b|\bsome other time\b|\blater (?:this|in the) year\b|\bnext (?:quarter|year|fiscal)\b
\b(?:momentan|derzeit|aktuell|im moment|zurzeit|zur zeit|gerade|im augenblick|dieses jahr) (?:\w+ ){0,3}(?:kein\w*|nicht|schlecht|leider|zu viel)|\bpasst (?:es )?(?:gerade|momentan|jetzt|aktuell) (?:\w+ )?nicht
\b(?:kein\w*|nicht|schlecht) (?:\w+ ){0,3}(?:derzeit|momentan|im moment|zurzeit|aktuell|jetzt)\b|\bspater (?:noch ?mal|wieder|gerne|im jahr)|\bvielleicht spater|\bkeine zeit\b|\bnoch nicht\b
\b(?:nachste[sn]?|kommende[sn]?) (?:jahr|quartal|monat|halbjahr)|\bin (?:ein paar|einigen|\d+|zwei|drei|sechs) (?:wochen|monaten)\b|\bnach (?:dem sommer|den ferien|weihnachten|ostern|dem urlaub)
\bpas (?:maintenant|tout de suite|pour le moment|pour l'instant|en ce moment|encore|le bon moment|avant)\b|\b(?:pour le moment|pour l'instant|en ce moment)\b.{0,25}\b(?:pas|non)\b|\bplus tard\b|\b(?:recontactez|relancez|rappelez|revenez)\b.{0,30}\b(?:dans|en|apres|l'an)|\b(?:l'annee|le mois|le trimestre) prochaine?\b|\btrop occupee?
\bahora (?:mismo )?no\b|\bno (?:es (?:un |el )?buen momento|por ahora|de momento|en este momento)|\b(?:por el momento|en este momento|de momento|por ahora)\b.{0,25}\bno\b|\bmas (?:adelante|tarde)\b|\b(?:el|la) proxim[oa] (?:mes|ano|trimestre)\b|\bno tengo tiempo\b|\bmuy ocupad
\b(?:agora nao|no momento nao|mais tarde|por enquanto nao|adesso no|non (?:adesso|ora)|piu avanti|nu niet|niet nu|op dit moment (?:niet|geen)|volgend jaar)\b
"""

NOT_INTERESTED = r"""
(?:\bnot|n't) (?:really |exactly )?(?:something|anything|what) (?:we|i|for)\b|\bdecided (?:to go|on) (?:another|a different|for)|\btoo (?:pricey|costly)\b
(?:\bnot|n't|\bnever) (?:really |at all |very |that |particularly |be )?interested\b|\bun-?interested\b|\b(?:no|zero|lost) interest\b|\bno,? thank(?:s| you)\b|\bnah\b|\bnot for (?:us|me)\b
\b(?:i|we)(?:'ll| will|'d| would|'re going to| am going to|'m going to|'m gonna) (?:have to )?pass\b|\b(?:hard|gonna) pass\b|\bpass on this\b|\bnot (?:a|the right|really a) (?:good )?(?:fit|match)\b
\b(?:already|happy|fine|satisfied) (?:have|has|with|use|using|work with|working with|got)\b|\bhappy with (?:our|what|the)\b|\b(?:went|gone|going|signed|stick|sticking|staying) with (?:another|a different|someone|our|a competitor|the)\b|\b(?:chose|chosen|picked|selected) (?:another|a different|a competitor|someone)
\b(?:do not|don'?t|dont) (?:really )?(?:need|see (?:the|a) (?:need|value|fit))\b|\bno need\b|\bnot (?:relevant|looking|in the market|something we)\b|\bdecided (?:against|not to)\b|\b(?:i|we) (?:must |have to |will )?decline\b|\btoo expensive\b|\bno longer (?:interested|need|looking|considering)\b
^\W*(?:no|nope|nein|non|nee)\W*$
\bkein(?:en|erlei)? (?:\w+ )?(?:interesse|bedarf|verwendung)\b|\bnicht (?:\w+ )?interessiert\b|\bnein,? danke\b|\b(?:haben|nutzen|setzen) (?:bereits|schon)\b|\bbrauchen (?:\w+ ){0,4}nicht\b|\bnicht (?:relevant|interessant)\b|\bdesinteress
\bpas (?:du tout |vraiment )?interesse|\bnon,? merci\b|\baucun (?:interet|besoin)\b|\bpas (?:besoin|d'interet)\b|\b(?:avons|ai|sommes|suis) deja\b|\bne (?:nous |m'|me )?interesse(?:nt)? pas\b
\bno (?:me|nos) interesa|\bno,? (?:muchas )?gracias\b|\bno (?:estoy|estamos) interesad|\bya (?:tenemos|tengo|contamos|trabajamos|usamos)\b|\bno (?:lo )?(?:necesitamos|necesito)\b|\bsin interes\b
\b(?:non (?:mi|ci) interessa|non (?:sono|siamo) interessat\w|no,? grazie|nao,? obrigad\w|nao (?:tenho|temos) interesse|nao me interessa|geen interesse|nee,? (?:dank|bedankt)|nej tack)\b
"""

INTERESTED = r"""
\bexactly what (?:we|i) (?:need|want|are looking|were looking)|\b(?:start|sign up for|begin|try) (?:a|the|your|our) (?:free )?(?:trial|pilot|test|subscription)|\bnext steps\b|\bready to (?:start|sign|buy|go|move)
\b(?:i'?m|i am|we'?re|we are|am|are|very|definitely|quite|really|also|still|indeed|would be|be|get) interested\b|^\W*interested\b|\binterested in (?:a|the|your|learning|seeing|trying|hearing|knowing|getting|buying)\b
\b(?:sounds?|looks?) (?:very |really |super )?(?:good|great|interesting|promising|exciting|perfect|like a plan|fantastic)\b|\b(?:count me|i'?m|we'?re) in\b[.!]*$|\blooking forward\b
\b(?:let'?s|lets|can we|could we|shall we|happy to|love to|like to|glad to|keen to|want to|free to|available (?:to|for)|up for|open to|time (?:to|for)) (?:\w+ )?(?:a |an )?(?:talk|chat|meet|call|speak|connect|schedule|set|book|see|learn|hear|discuss|try|try it|start|sign|jump|hop|move|proceed|buy|order|demo|quick|meeting|conversation|explore)\b
\b(?:call|phone|ring|text) (?:me|us)\b|\bgive (?:me|us) a (?:call|ring|buzz)\b|\bbook(?:ed|ing)? (?:me |us |in )?(?:a|the|an|your|some) (?:\w+ )?(?:demo|call|meeting|slot|time|appointment)\b|\b(?:schedule|set up|arrange|organi[sz]e) (?:a|the|an|some) 
\btell (?:me|us) more\b|\b(?:more|further|additional) (?:info|details|information|about (?:it|this|your))\b|\b(?:send|share|forward|mail|email) (?:me |us |over |it |along )*(?:the|a|an|more|your|some|details|info|over|pricing|prices|it\b|that\b)|\bsend (?:it|that|them) (?:over|along|please)
\bsign (?:me|us) up\b|^\W*(?:yes|yep|yeah|yup|sure|absolutely|definitely|certainly|of course|ok let's|gladly)\b(?! but)|\byes,? please\b|\b(?:works|work|suits|is fine|is good|is perfect) (?:for )?(?:me|us)\b|\b(?:monday|tuesday|wednesday|thursday|friday|tomorrow)\b.{0,20}\b(?:works?|is (?:fine|good|great|perfect)|suits|at \d|\d ?(?:am|pm))
\b(?:bin|sind|waren|ware|hatte|hatten|haben|habe) (?:\w+ ){0,3}(?:interessiert|interesse)\b|\bgerne?\b(?! nicht)|\bklingt (?:\w+ )?(?:gut|spannend|interessant|super)|\brufen sie (?:mich|uns)|\b(?:passt|passen) (?:mir|uns|es)\b|\btermin (?:\w+ )?(?:vereinbaren|machen|ausmachen)|\bmehr (?:infos?|informationen|details|erfahren)\b|\bschicken sie (?:mir|uns)
\b(?:suis|sommes|serais|serions) (?:\w+ )?interesse|\bvolontiers\b|\bavec plaisir\b|\b(?:appelez|rappelez|contactez)[ -](?:moi|nous)\b|\ben savoir plus\b|\brendez[ -]vous\b|\bc'est d'accord\b|\bm'interesse\b|\benvoyez[ -](?:moi|nous)\b|\bplus d'(?:infos?|informations?)
\b(?:me|nos) interesa\b|\b(?:estoy|estamos|estaria) (?:\w+ )?interesad|\bclaro que si\b|\b(?:llamenme|llameme|llamame|llamadme)\b|\bmas (?:informacion|detalles|info)\b|\b(?:podemos|podriamos) (?:hablar|reunir|agendar|vernos)|\b(?:agendar|agendemos|concertar) (?:una|la)\b|\b(?:envieme|enviame|mandeme)\b|\bsuena (?:bien|interesante)|\bcon gusto\b|\bencantad[oa]\b
\b(?:mi|ci) interessa\b|\b(?:sono|siamo) interessat|\b(?:tenho|temos) interesse\b|\bik heb interesse\b|\bgraag\b|\bvolentieri\b|\bmi chiami\b|\bpodem(?:os)? (?:falar|marcar)
"""

QUESTION = r"""
\?
^\W*(?:how|what|when|where|which|who|why|does|do you|is it|is there|are there|can you|can it|could you|will it|would it)\b|\bhow (?:much|many|long|does|do)\b|\b(?:i have|quick|one|another|a few) questions?\b|\b(?:wondering|curious) (?:if|whether|how|about|what)\b|\b(?:like|want|need) to (?:understand|know) (?:how|what|if|whether|when|where|why)\b|\bcan you (?:explain|clarify|confirm|tell)
^\W*(?:wie|was|wann|wo|welche\w*|warum|gibt es|konnen sie|haben sie|ist es)\b|\bwas kostet\b|\b(?:eine|kurze) frage\b
^\W*(?:combien|comment|quel\w*|quand|pourquoi|est-ce|pouvez-vous|avez-vous)\b|\bune question\b
^\W*(?:cuanto|como|cual\w*|cuando|donde|por que|tienen|pueden|que precio)\b|\buna pregunta\b
^\W*(?:quanto|quando|come|qual\w*|hoeveel|hoe|wat|kunnen)\b
"""
