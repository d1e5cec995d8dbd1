"""The session of 27 to 29 February 2024 in New Delhi, recorded from facts in our own words.

The two sides published different accounts: the United States gives 27 to 29 February and
the title "Senior Official Performing the Duties of the Deputy Secretary"; India's gives 28
February and "Acting Deputy Secretary". Both are here, apart, and neither corrects the
other. Nothing of their wording is kept.

`demo_memorandum` is the *exercise* instrument of the demonstration. It is not the
Memorandum that was signed in New Delhi, which is about police training, and says so.

Deliberately not here: what the Memorandum of 2024 provides (its text was not seen), and
progress on what was promised.
"""

from typing import Final

from comity.core.instrument import Annex, annex_json
from comity.tracks.dialogue.bodies import (
    Area,
    CoChair,
    Commitment,
    InstrumentText,
    Owner,
    SessionProposal,
    SessionRecord,
    SignedInstrument,
    Source,
    Strength,
)
from comity.tracks.shapes import Bilingual

_DIALOGUE: Final = Bilingual(
    en="Homeland Security Dialogue between the United States and India",
    hi="संयुक्त राज्य अमेरिका और भारत के बीच आंतरिक सुरक्षा वार्ता",
)

_US_SOURCE: Final = Source(
    publisher="United States Department of Homeland Security",
    title="Readout of the U.S.-India Homeland Security Dialogue",
    published_on="2024-02-29",
)
_IN_SOURCE: Final = Source(
    publisher="Ministry of Home Affairs, India",
    title="Account of the Homeland Security Dialogue of Senior Officials",
    published_on="2024-02-28",
)

_BHALLA: Final = CoChair(party="IN", name="Ajay Bhalla", title="Home Secretary", acting=False)


def _area(track: str, en: str, hi: str) -> Area:
    return Area(track=track, words=Bilingual(en=en, hi=hi))


_AREAS: Final = (
    _area("counternarcotics", "Cooperation against narcotics", "स्वापक-रोधी सहयोग"),
    _area("customs", "Customs to customs", "सीमाशुल्क से सीमाशुल्क"),
    _area("counterterrorism", "Terrorism", "आतंकवाद"),
    _area("cybercrime", "Cybercrime", "साइबर अपराध"),
    _area("migration", "Irregular migration", "अनियमित प्रवासन"),
    _area("training", "Training of police", "पुलिस प्रशिक्षण"),
)

_MEMORANDUM: Final = SignedInstrument(
    title=Bilingual(
        en="Memorandum of Cooperation on the training of law enforcement",
        hi="विधि-प्रवर्तन प्रशिक्षण पर सहयोग ज्ञापन",
    ),
    parties=("Federal Law Enforcement Training Centers", "National Police Academy of India"),
)

PROPOSAL: Final = SessionProposal(
    dialogue=_DIALOGUE,
    level="senior-officials",
    starts_on="2024-02-27",
    ends_on="2024-02-29",
    place="New Delhi",
    mode="in-person",
    areas=_AREAS,
)

RECORD: Final = SessionRecord(
    dialogue=_DIALOGUE,
    level="senior-officials",
    starts_on="2024-02-27",
    ends_on="2024-02-29",
    place="New Delhi",
    mode="in-person",
    co_chairs=(
        CoChair(
            party="US",
            name="Kristie Canegallo",
            title="Senior Official Performing the Duties of the Deputy Secretary",
            acting=True,
        ),
        _BHALLA,
    ),
    areas=_AREAS,
    reviewed=(
        Bilingual(
            en="The work of the Counternarcotics Working Group: regulation, law enforcement, coordination in "
            "multilateral bodies, and the reduction of demand",
            hi="स्वापक-रोधी कार्य समूह का कार्य: विनियमन, विधि-प्रवर्तन, बहुपक्षीय मंचों में समन्वय, और माँग में कमी",
        ),
    ),
    signed=(_MEMORANDUM,),
    next_session=None,
    sources=(_US_SOURCE,),
)
"""As the United States recorded it."""

RECORD_OF_INDIA: Final = SessionRecord(
    dialogue=_DIALOGUE,
    level="senior-officials",
    starts_on="2024-02-28",
    ends_on="2024-02-28",
    place="New Delhi",
    mode="in-person",
    co_chairs=(
        _BHALLA,
        CoChair(
            party="US",
            name="Kristie Canegallo",
            title="Acting Deputy Secretary of Homeland Security",
            acting=True,
        ),
    ),
    areas=(
        _area("counterterrorism", "Terrorism and violent extremism", "आतंकवाद और हिंसक उग्रवाद"),
        _area(
            "counternarcotics", "Drug trafficking and organised crime", "मादक पदार्थों की तस्करी और संगठित अपराध"
        ),
        _area("customs", "Security of transport", "परिवहन की सुरक्षा"),
        _area("migration", "Safe and legal migration", "सुरक्षित और विधिसम्मत प्रवासन"),
        _area(
            "cybercrime",
            "Cybercrime and the financing of terrorism online",
            "साइबर अपराध और ऑनलाइन आतंक-वित्तपोषण",
        ),
        _area("training", "Training of police", "पुलिस प्रशिक्षण"),
    ),
    reviewed=(Bilingual(en="Cooperation on terrorism and on security", hi="आतंकवाद-रोध और सुरक्षा में सहयोग"),),
    signed=(_MEMORANDUM,),
    next_session=Bilingual(
        en="A round of Senior Officials in Washington, on a day that suits both",
        hi="वाशिंगटन में वरिष्ठ अधिकारियों का अगला दौर, दोनों के लिए सुविधाजनक तिथि पर",
    ),
    sources=(_IN_SOURCE,),
)
"""As India recorded it: kept beside the other, never merged with it."""

_BOTH: Final = (Owner(party="IN"), Owner(party="US"))


def _commitment(number: int, area: str, strength: Strength, en: str, hi: str) -> Commitment:
    return Commitment(
        number=number,
        text=Bilingual(en=en, hi=hi),
        area=area,
        strength=strength,
        owners=_BOTH,
        sources=(_US_SOURCE,),
    )


COMMITMENTS: Final = (
    _commitment(
        1,
        "migration",
        "reaffirmed",
        "Better access to lawful ways of immigrating",
        "विधिसम्मत आप्रवासन के मार्गों तक बेहतर पहुँच",
    ),
    _commitment(
        2,
        "migration",
        "reaffirmed",
        "Immigration law is enforced, and persons without a legal basis to stay in the United States return",
        "आप्रवासन विधि का प्रवर्तन, और संयुक्त राज्य अमेरिका में रहने का विधिक आधार न रखने वालों की वापसी",
    ),
    _commitment(
        3,
        "migration",
        "agreed",
        "More joint work of law enforcement against smugglers who exploit vulnerable migrants",
        "असुरक्षित प्रवासियों का शोषण करने वाले तस्करों के विरुद्ध विधि-प्रवर्तन का अधिक संयुक्त कार्य",
    ),
    _commitment(
        4,
        "counternarcotics",
        "reaffirmed",
        "Deeper sharing of information, so that pharmaceuticals and other "
        "chemicals are not diverted as precursors "
        "of illicit synthetic drugs",
        "सूचना का गहन आदान-प्रदान, ताकि औषधियाँ और अन्य रसायन अवैध संश्लेषित "
        "मादक पदार्थों के पूर्वगामी के रूप में विपथित न हों",
    ),
    _commitment(
        5,
        "training",
        "signed",
        "Cooperation in police training between the two academies, by sharing "
        "good practice and by joint programmes",
        "दोनों अकादमियों के बीच पुलिस प्रशिक्षण में सहयोग, अच्छी प्रथाओं के आदान-प्रदान और संयुक्त कार्यक्रमों द्वारा",
    ),
)
"""What the account of the United States holds as promised. None has a date, an owner or an indicator."""


def demo_memorandum(annex: Annex, session: str | None = None) -> InstrumentText:
    """Return the text of the demonstration's exercise Memorandum, with an annex. `session`: a case id."""
    return InstrumentText(
        title=Bilingual(
            en="Exercise: Memorandum on the control of precursor chemicals (not a real instrument)",
            hi="अभ्यास: पूर्वगामी रसायनों के नियंत्रण पर ज्ञापन (वास्तविक विलेख नहीं)",
        ),
        kind="memorandum",
        clauses=(
            Bilingual(
                en="This text is for practice. No government has agreed to it, and it is "
                "not the Memorandum of "
                "February 2024.",
                hi="यह पाठ अभ्यास के लिए है। किसी सरकार ने इस पर सहमति नहीं दी है, और यह "
                "फ़रवरी 2024 का ज्ञापन नहीं है।",
            ),
            Bilingual(
                en="Before a shipment of a controlled chemical leaves, the exporting "
                "authority notifies the importing "
                "authority.",
                hi="नियंत्रित रसायन का प्रेषण निकलने से पहले निर्यातक प्राधिकरण आयातक प्राधिकरण को सूचित करता है।",
            ),
            Bilingual(
                en="The importing authority answers within its own time, and the annex "
                "says what its silence means.",
                hi="आयातक प्राधिकरण अपनी समय-सीमा में उत्तर देता है, और उसके मौन का अर्थ अनुलग्नक बताता है।",
            ),
            Bilingual(
                en="What is exchanged is used for the control of precursors only and is "
                "kept for as long as its "
                "marking says.",
                hi="आदान-प्रदान की गई सूचना केवल पूर्वगामी नियंत्रण के लिए प्रयुक्त होती "
                "है और अंकन में बताई अवधि तक रखी जाती है।",
            ),
            Bilingual(
                en="Either side may end this by notice; the annex says when that takes "
                "effect and what becomes of "
                "open cases.",
                hi="कोई भी पक्ष सूचना देकर इसे समाप्त कर सकता है; वह कब प्रभावी होगा और "
                "खुले मामलों का क्या होगा, यह अनुलग्नक बताता है।",
            ),
        ),
        annex=annex_json(annex),
        session=session,
    )
