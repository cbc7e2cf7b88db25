"""Words we know: single opt-out, opt-in and help words, and sentences of our own that train the ear for the rest."""

# ruff: noqa: E501, SIM905 - words are read best as words

from __future__ import annotations

from collections.abc import Mapping

OPT_OUT_WORDS = frozenset(
    """stop stopall unsubscribe cancel end quit optout revoke remove unsub stopp stopit stahp sotp stpo sttop
    stopmsg unsuscribe unsubcribe unsubscibe unsubscrib abmelden abbestellen austragen kuendigen arret arreter desabonner
    desabonnement desinscrire desinscription alto baja parar pare basta cancelar cancela borrar desuscribir desuscribirme cancella disiscrivi
    disiscrivimi fermati annulla sair remover descadastrar afmelden uitschrijven stoppen wypisz avregistrera sluta afmeld""".split()
)
"""T1 (STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE), their misspellings and sisters; letters only."""
OPT_OUT_PAIRS = frozenset(
    {"nomas", "optout", "stopall", "optmeout", "leavemealone", "goaway", "nomore", "nomorethanks", "plusrien"}
)
OPT_IN_WORDS = frozenset({"start", "yes", "unstop", "optin"})
HELP_WORDS = frozenset({"help", "info", "hilfe", "aide", "ayuda"})
POLITE = frozenset(
    """please pls plz pleas now thanks thank you thx all it this these texts text texting messages message msgs sms me right immediately
    already ok bitte danke jetzt sofort sil vous plait svp merci maintenant por favor gracias ya ahora per favore grazie aub""".split()
)
"""Words that change nothing about an opt-out: "stop please" is as good as "STOP" (47 CFR 64.1200(a)(10), rule T2)."""

TRAINING: Mapping[str, str] = {
    "interested": """
        this could be useful for our team | we have been looking for something like this | what you describe is exactly our problem | I would like to see how it works
        let us set something up for thursday | please put me in touch with someone who can show it | my calendar is open on friday afternoon | go ahead and send the paperwork
        we want to move forward with the pilot | perfect timing we just started evaluating tools | I am keen to hear how you do it | I showed it to my boss and she likes it
        great stuff ping me on my mobile | ready to get started | add three seats for us | happy to jump on a quick zoom
        das konnte fur unser team nutzlich sein | wir suchen genau so etwas | melden sie sich gern bei mir | ich wurde es mir gern ansehen | donnerstag nachmittag ware gut
        cela pourrait nous etre utile | nous cherchons justement ce genre de solution | je serais ravi d'en discuter jeudi | pouvez-vous me presenter la solution
        esto nos podria servir | estamos buscando algo asi | me gustaria ver una demostracion | hablemos el jueves por la tarde""",
    "not_now": """
        things are hectic here until the release is out | we are in the middle of a migration | let us pick this up after the summer | our plate is full this quarter
        we will look into it once the merger is done | I am on parental leave until autumn | the project was postponed to spring | we have other priorities these weeks
        give us some time to settle in first | the board decides in march so no news before that | we only start planning in autumn | drop me a line in six months
        we have to wait for the new budget year | ask me once we have hired the new lead | please be patient we are restructuring
        wir haben gerade andere prioritaten | das projekt wurde verschoben | melden sie sich im herbst wieder | erst nach der messe haben wir luft dafur
        nous avons d'autres priorites ces temps-ci | le projet est reporte a la rentree | revenez vers nous au printemps
        tenemos otras prioridades estas semanas | el proyecto se ha aplazado | escribame despues del verano""",
    "not_interested": """
        we built our own tool and it does the job | this does nothing for our business | we have no use for it | our contract with your competitor runs for years
        I looked at it and it is not what we are after | that is out of scope for us | we are covered on that front | the answer is no
        we do all of this by hand and like it that way | I do not see how this helps us | thanks but we are all set | please find another customer
        we closed the company | we do not work with outside vendors | this is of no value to me
        wir haben dafur eine eigene losung | das ist nichts fur uns | wir sind bereits versorgt | daraus wird nichts
        nous avons notre propre outil | ce n'est pas pour nous | cela ne correspond pas a nos attentes
        tenemos nuestra propia herramienta | esto no es para nosotros | no encaja con lo que hacemos""",
    "wrong_person": """
        I have nothing to do with purchasing | maria runs that team now so ask her | you have mixed me up with somebody else | I am only an intern here
        this inbox belongs to the front desk | I changed jobs in june | somebody else took over my role | our it department decides about software
        I never worked there | that topic sits with finance | you want to reach the operations lead | my predecessor used this address
        ich habe mit dem einkauf nichts zu tun | das macht bei uns frau weber | sie verwechseln mich | da mussen sie unsere it fragen
        je n'ai rien a voir avec les achats | c'est ma collegue qui s'en occupe | vous vous trompez de destinataire
        yo no llevo las compras | de eso se encarga mi companera | me confunde con otra persona""",
    "opt_out": """
        I did not sign up for this so make it end | get me out of this list | enough with these mails | how do I make these stop coming
        you keep bothering me and I have had it | I never agreed to hear from you | quit it | erase everything you have about me
        do not send me anything else | I said no already so cut it out | who gave you my number forget it | block me from your system
        ich habe das nie bestellt horen sie auf damit | schluss mit diesen mails | nehmen sie mich raus | verschonen sie mich
        je n'ai jamais demande vos messages | ca suffit avec vos courriels | sortez moi de votre fichier
        yo nunca pedi sus correos | ya basta con estos mensajes | saquenme de su lista""",
    "question": """
        does it work with our crm | what would that cost for forty people | is there a free plan | where do you keep the data | how long does setup take
        which languages are covered | can we export everything later | who else uses this | is single sign on included | do you have a reference in our industry
        I could not find the price on your page | it is unclear to me how billing works | please clarify the terms | explain the difference between the two plans
        lasst sich das mit sap verbinden | was wurde das fur vierzig leute kosten | wo liegen die daten
        est-ce compatible avec notre outil | quel serait le prix pour quarante personnes | ou sont stockees les donnees
        funciona con nuestro crm | cuanto costaria para cuarenta personas | donde se guardan los datos""",
    "unclear": """
        ok | thanks | thank you | received | noted | got it | hello | hi there | see attached | sent from my phone | fyi | test | best regards | hm | lol | the weather is nice today
        happy birthday | congratulations on the award | I forwarded your mail | see below | danke | zur kenntnis genommen | siehe anhang | merci bien recu | voir ci-joint | gracias recibido | vale""",
}
"""Sentences by intent, written for this purpose; `|` and line ends part them."""
