"""What officers read about sessions, commitments and instruments, in English and Hindi.

The Hindi is our own proposal; an official translator has not confirmed it.

Deliberately not here: the tables and the contents that these words name.
"""

from typing import Final

from comity.core.keys import Name
from comity.tracks.words import Names, Words, labelled, named


def _both(field: str, english: str, hindi: str) -> Names:
    """Return the names of a field that stands in English and Hindi."""
    return {
        field: Name(english, hindi),
        f"{field}.en": Name(f"{english}, in English", f"{hindi}, अंग्रेज़ी में"),
        f"{field}.hi": Name(f"{english}, in Hindi", f"{hindi}, हिंदी में"),
    }


def _each(field: str, english: str, hindi: str) -> Names:
    """The same for a list of them."""
    return {
        field: Name(english, hindi),
        f"{field}[].en": Name("in English", "अंग्रेज़ी में"),
        f"{field}[].hi": Name("in Hindi", "हिंदी में"),
    }


_ROLES: Final = named(
    proposing=("proposing side", "प्रस्तावक पक्ष"), receiving=("receiving side", "प्राप्तकर्ता पक्ष")
)

_SOURCES: Final[Names] = {
    **labelled(sources=("Sources", "स्रोत")),
    **labelled(
        "sources[].",
        publisher=("Publisher", "प्रकाशक"),
        title=("Title", "शीर्षक"),
        published_on=("Published on", "प्रकाशन तिथि"),
        address=("Address", "पता"),
    ),
}

_AREAS: Final[Names] = {
    **labelled(areas=("Areas", "क्षेत्र")),
    **labelled("areas[].", track=("Track", "कार्यक्षेत्र")),
    **_both("areas[].words", "Area", "क्षेत्र"),
}

_DATED: Final[Names] = {
    **_both("dialogue", "Dialogue", "वार्ता"),
    **labelled(
        level=("Level", "स्तर"),
        starts_on=("First day", "पहला दिन"),
        ends_on=("Last day", "अंतिम दिन"),
        place=("Place", "स्थान"),
        mode=("Mode", "रूप"),
    ),
}

_DATED_CHOICES: Final = {
    "level": named(
        ministerial=("ministers", "मंत्री-स्तर"),
        senior_officials=("senior officials", "वरिष्ठ अधिकारी"),
        working_group=("working group", "कार्य समूह"),
        sub_group=("sub-group", "उप-समूह"),
    ),
    "mode": named(
        in_person=("in person", "प्रत्यक्ष"),
        virtual=("virtual", "आभासी"),
        hybrid=("both", "मिश्रित"),
    ),
}

_RECORD: Final[Names] = {
    **_DATED,
    **labelled(co_chairs=("Co-chairs", "सह-अध्यक्ष")),
    **labelled(
        "co_chairs[].",
        party=("Party", "पक्ष"),
        name=("Name", "नाम"),
        title=("Title as published", "प्रकाशित पदनाम"),
        acting=("Acting", "कार्यवाहक"),
    ),
    **_AREAS,
    **_each("reviewed", "Reviewed", "जिनकी समीक्षा हुई"),
    **labelled(signed=("Signed", "हस्ताक्षरित")),
    **_both("signed[].title", "Title", "शीर्षक"),
    **labelled("signed[].", parties=("Between", "के बीच")),
    **_both("next_session", "Next session", "अगली बैठक"),
    **_SOURCES,
}

_DISPUTE: Final[Names] = {
    **labelled(points=("Points", "बिंदु")),
    **labelled("points[].", field=("Field", "क्षेत्र"), words=("In words", "शब्दों में")),
}

_DISPUTE_NAME: Final = Name("Dispute", "असहमति")

SESSION: Final = Words(
    title=Name("Session of a dialogue", "वार्ता की बैठक"),
    roles=_ROLES,
    states=named(
        start=("not yet proposed", "अभी प्रस्तावित नहीं"),
        proposed=("proposed", "प्रस्तावित"),
        agreed=("agreed, to be held", "सहमत, होनी है"),
        recorded=("recorded by one side", "एक पक्ष ने विवरण दिया"),
        disputed=("the record is disputed", "विवरण पर असहमति"),
        confirmed=("confirmed by both", "दोनों ने पुष्टि की"),
        recorded_apart=("two records, kept apart", "दो अलग विवरण"),
        declined=("declined", "अस्वीकार किया गया"),
        withdrawn=("withdrawn", "वापस लिया गया"),
        postponed=("postponed", "स्थगित"),
    ),
    says=named(
        propose=("Propose a session", "बैठक प्रस्तावित करें"),
        agree=("Agree", "सहमति दें"),
        decline=("Decline", "अस्वीकार करें"),
        withdraw=("Withdraw", "वापस लें"),
        record=("Record the session", "बैठक का विवरण दें"),
        postpone=("Postpone", "स्थगित करें"),
        confirm=("Confirm the record", "विवरण की पुष्टि करें"),
        dispute=("Dispute the record", "विवरण से असहमति दें"),
        record_apart=("Keep a record of our own", "अपना अलग विवरण रखें"),
    ),
    done=named(
        propose=("proposed a session", "बैठक प्रस्तावित की"),
        agree=("agreed", "सहमति दी"),
        decline=("declined", "अस्वीकार किया"),
        withdraw=("withdrew", "वापस लिया"),
        record=("recorded the session", "बैठक का विवरण दिया"),
        postpone=("postponed", "स्थगित किया"),
        confirm=("confirmed the record", "विवरण की पुष्टि की"),
        dispute=("disputed the record", "विवरण से असहमति दी"),
        record_apart=("kept a record of its own", "अपना अलग विवरण रखा"),
    ),
    bodies={
        "session-proposal/1": Name("Proposal of a session", "बैठक का प्रस्ताव"),
        "session-record/1": Name("Record of a session", "बैठक का विवरण"),
        "dispute/1": _DISPUTE_NAME,
    },
    fields={
        "session-proposal/1": {**_DATED, **_AREAS},
        "session-record/1": _RECORD,
        "dispute/1": _DISPUTE,
    },
    choices={"session-proposal/1": _DATED_CHOICES, "session-record/1": _DATED_CHOICES},
)

COMMITMENT: Final = Words(
    title=Name("Commitment", "प्रतिबद्धता"),
    roles=named(stating=("stating side", "कथन करने वाला पक्ष"), receiving=("receiving side", "प्राप्तकर्ता पक्ष")),
    states=named(
        start=("not yet stated", "अभी कथित नहीं"),
        stated=("stated by one side", "एक पक्ष द्वारा कथित"),
        disputed=("disputed", "असहमति"),
        confirmed=("confirmed by both", "दोनों ने पुष्टि की"),
        withdrawn=("withdrawn", "वापस लिया गया"),
    ),
    says=named(
        state=("State a commitment", "प्रतिबद्धता बताएँ"),
        confirm=("Confirm", "पुष्टि करें"),
        dispute=("Dispute", "असहमति दें"),
        restate=("State it anew", "पुनः बताएँ"),
        withdraw=("Withdraw", "वापस लें"),
    ),
    done=named(
        state=("stated a commitment", "प्रतिबद्धता बताई"),
        confirm=("confirmed", "पुष्टि की"),
        dispute=("disputed", "असहमति दी"),
        restate=("stated it anew", "पुनः बताया"),
        withdraw=("withdrew", "वापस लिया"),
    ),
    bodies={"commitment/1": Name("Commitment", "प्रतिबद्धता"), "dispute/1": _DISPUTE_NAME},
    fields={
        "commitment/1": {
            **labelled(number=("Number", "संख्या")),
            **_both("text", "Commitment", "प्रतिबद्धता"),
            **labelled(
                area=("Track", "कार्यक्षेत्र"), strength=("Strength", "बल"), owners=("Owners", "उत्तरदायी")
            ),
            **labelled("owners[].", party=("Party", "पक्ष"), office=("Office", "कार्यालय")),
            **_both("deliverable", "Deliverable", "परिणाम"),
            **_both("indicator", "Indicator", "संकेतक"),
            **labelled(due_on=("Due on", "नियत तिथि"), session=("Session", "बैठक")),
            **_SOURCES,
        },
        "dispute/1": _DISPUTE,
    },
    choices={
        "commitment/1": {
            "strength": named(
                reaffirmed=("reaffirmed", "पुनः पुष्ट"),
                intended=("intended", "अभिप्रेत"),
                agreed=("agreed", "सहमत"),
                committed=("committed", "प्रतिबद्ध"),
                signed=("signed", "हस्ताक्षरित"),
            )
        }
    },
)

NEGOTIATION: Final = Words(
    title=Name("Instrument", "विलेख"),
    roles=_ROLES,
    states=named(
        start=("no text yet", "अभी कोई पाठ नहीं"),
        proposed=("a text is proposed", "पाठ प्रस्तावित"),
        amended=("the text is amended", "पाठ संशोधित"),
        signed_by_receiving=("signed by the receiving side", "प्राप्तकर्ता पक्ष ने हस्ताक्षर किए"),
        signed_by_proposing=("signed by the proposing side", "प्रस्तावक पक्ष ने हस्ताक्षर किए"),
        in_force=("signed by both", "दोनों ने हस्ताक्षर किए"),
        terminated=("terminated", "समाप्त किया गया"),
        expired=("expired", "अवधि समाप्त"),
        declined=("declined", "अस्वीकार किया गया"),
        withdrawn=("withdrawn", "वापस लिया गया"),
    ),
    says=named(
        propose=("Propose a text", "पाठ प्रस्तावित करें"),
        amend=("Propose another text", "अन्य पाठ प्रस्तावित करें"),
        sign=("Sign", "हस्ताक्षर करें"),
        decline=("Decline", "अस्वीकार करें"),
        withdraw=("Withdraw", "वापस लें"),
        terminate=("Give notice of termination", "समाप्ति की सूचना दें"),
        declare_expired=("Declare it expired", "अवधि समाप्त घोषित करें"),
    ),
    done=named(
        propose=("proposed a text", "पाठ प्रस्तावित किया"),
        amend=("proposed another text", "अन्य पाठ प्रस्तावित किया"),
        sign=("signed", "हस्ताक्षर किए"),
        decline=("declined", "अस्वीकार किया"),
        withdraw=("withdrew", "वापस लिया"),
        terminate=("gave notice of termination", "समाप्ति की सूचना दी"),
        declare_expired=("declared it expired", "अवधि समाप्त घोषित की"),
    ),
    clocks=named(term=("term of the instrument", "विलेख की अवधि")),
    bodies={
        "instrument-text/1": Name("Text of an instrument", "विलेख का पाठ"),
        "instrument-signature/1": Name("Signature", "हस्ताक्षर"),
        "termination/1": Name("Notice of termination", "समाप्ति की सूचना"),
    },
    fields={
        "instrument-text/1": {
            **_both("title", "Title", "शीर्षक"),
            **labelled(kind=("Kind", "प्रकार")),
            **_each("clauses", "Clauses", "खंड"),
            **labelled(annex=("Annex", "अनुलग्नक"), session=("Session", "बैठक")),
        },
        "instrument-signature/1": {
            **labelled(signs=("Hash of the turn with the text", "पाठ वाले कथन का हैश")),
            **_both("capacity", "In what capacity", "किस हैसियत से"),
        },
        "termination/1": _both("reason", "Reason", "कारण"),
    },
    choices={
        "instrument-text/1": {
            "kind": named(
                memorandum=("memorandum", "ज्ञापन"),
                agreement=("agreement", "करार"),
                letter=("letter", "पत्र"),
                arrangement=("arrangement", "व्यवस्था"),
            )
        }
    },
)
