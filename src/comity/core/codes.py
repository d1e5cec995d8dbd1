"""The codes of refusals and of "not yet", each with its sentence in English and Hindi.

A code is stable, crosses the wire and may be quoted between two capitals; the sentence is
filled with the refusal's `detail` and may be reworded. `docs/spec/verdicts.md` lists the
same table, and a test holds the two together.

Deliberately not here: when each is given (`verdict`).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """`final` codes are refusals: signed and logged. The others say "not yet"."""

    code: str
    final: bool
    en: str
    hi: str

    def sentence(self, detail: dict[str, str], language: str = "en") -> str:
        """Return the sentence, with what `detail` does not name left as a dash."""
        words = self.hi if language == "hi" else self.en
        return words.format_map(_Dashes(detail))


class _Dashes(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "—"


def _refused(code: str, en: str, hi: str) -> Code:
    return Code(code, True, en, hi)


def _not_yet(code: str, en: str, hi: str) -> Code:
    return Code(code, False, en, hi)


# fmt: off
_ALL: Final = (
    _refused("other-pairing", "The turn belongs to another pairing.", "यह कथन किसी अन्य युग्म का है।"),
    _refused("other-party", "The turn is in the name of {claimed}, but it came from {sender}.",
             "कथन {claimed} के नाम से है, पर {sender} से आया।"),
    _refused("wrong-key", "The key that signed the turn is not a signing key of {office}.",
             "जिस कुंजी से हस्ताक्षर हुए वह {office} की हस्ताक्षर कुंजी नहीं है।"),
    _refused("key-not-valid", "The signing key of {office} was not valid when the turn was said.",
             "कथन के समय {office} की हस्ताक्षर कुंजी मान्य नहीं थी।"),
    _refused("exercise-mark", "The exercise mark differs from that of the case or the pairing.",
             "अभ्यास चिह्न मामले या युग्म के चिह्न से भिन्न है।"),
    _refused("case-name", "The case id {case} was not given by the party that opens it.",
             "मामला संख्या {case} खोलने वाले पक्ष की दी हुई नहीं है।"),
    _refused("broken-chain", "The turn names another predecessor than the one in slot {slot}.",
             "कथन क्रम {slot} के पूर्ववर्ती से भिन्न पूर्ववर्ती बताता है।"),
    _refused("seen-wrong", "The turn names as seen what this side did not say and have accepted.",
             "कथन ऐसी बात को देखी हुई बताता है जो इस पक्ष की स्वीकृत बात नहीं है।"),
    _refused("other-procedure", "The case is worked under {procedure}; the turn names another table.",
             "मामला {procedure} के अधीन है; कथन किसी अन्य तालिका का नाम लेता है।"),
    _refused("instrument-not-in-force", "The instrument was not signed by both when the turn was said.",
             "कथन के समय विलेख पर दोनों पक्षों के हस्ताक्षर नहीं थे।"),
    _refused("before-in-force", "The turn was said before the instrument came into force on {day}.",
             "कथन {day} को विलेख के प्रवृत्त होने से पहले का है।"),
    _refused("instrument-ended", "The instrument ended on {day}; the annex lets this case go no further.",
             "विलेख {day} को समाप्त हुआ; अनुलग्नक इस मामले को आगे नहीं बढ़ने देता।"),
    _refused("other-instrument", "The case was opened under another instrument.",
             "मामला किसी अन्य विलेख के अधीन खोला गया था।"),
    _refused("not-switched-on", "The annex does not switch on {procedure} with this table.",
             "अनुलग्नक इस तालिका के साथ {procedure} को चालू नहीं करता।"),
    _refused("office-not-named", "The annex does not name the office {office} for {procedure}.",
             "अनुलग्नक {procedure} के लिए कार्यालय {office} का नाम नहीं लेता।"),
    _refused("office-not-asked", "The office {office} was not asked in this case.",
             "इस मामले में कार्यालय {office} से नहीं पूछा गया।"),
    _refused("purpose-not-named", "The annex does not allow the purpose {purpose} for {procedure}.",
             "अनुलग्नक {procedure} के लिए प्रयोजन {purpose} की अनुमति नहीं देता।"),
    _refused("above-ceiling", "The marking {tlp} is above the ceiling {ceiling} of the annex.",
             "चिह्न {tlp} अनुलग्नक की सीमा {ceiling} से ऊपर है।"),
    _refused("not-releasable", "The marking does not release the turn to {party}.",
             "चिह्न कथन को {party} के लिए मुक्त नहीं करता।"),
    _refused("out-of-turn", "In the state {state}, {party} may not say {says}.",
             "{state} अवस्था में {party} {says} नहीं कह सकता।"),
    _refused("wrong-body", "The step {says} carries {expected}, but the turn has {got}.",
             "चरण {says} में {expected} होना चाहिए, पर कथन में {got} है।"),
    _refused("body-unreadable", "The body does not open with the key of {office}.",
             "विषय-वस्तु {office} की कुंजी से नहीं खुलती।"),
    _refused("body-mismatch", "The body is not the one whose hash the turn names.",
             "विषय-वस्तु वह नहीं जिसका हैश कथन में है।"),
    _refused("body-malformed", "The body does not parse: {where}.",
             "विषय-वस्तु पढ़ी नहीं जा सकती: {where}।"),
    _refused("gate-unattested", "The gate {gate} has no attestation.",
             "द्वार {gate} का सत्यापन नहीं है।"),
    _refused("gate-never-opened", "The gate {gate} may not be opened by anyone.",
             "द्वार {gate} को कोई नहीं खोल सकता।"),
    _refused("one-hand", "The step {says} needs a second officer to release it.",
             "चरण {says} के लिए दूसरे अधिकारी की अनुमति चाहिए।"),
    _refused("clock-not-declared", "The step {says} must declare the clock {clock}, and no other does.",
             "चरण {says} में घड़ी {clock} की घोषणा होनी चाहिए।"),
    _refused("clock-not-running", "The clock {clock} does not run.", "घड़ी {clock} नहीं चल रही।"),
    _refused("silence-means-otherwise", "By the annex the silence of {party} does not mean {silence}.",
             "अनुलग्नक के अनुसार {party} के मौन का अर्थ {silence} नहीं है।"),
    _refused("clock-disagrees", "The clock {clock} is due on {due}, not on {got}.",
             "घड़ी {clock} {due} को देय है, {got} को नहीं।"),
    _refused("not-run-out", "The clock {clock} had not run out when the turn was said.",
             "कथन के समय घड़ी {clock} समाप्त नहीं हुई थी।"),
    _not_yet("predecessor-missing", "A turn that this one follows is not here yet.",
             "जिस कथन के बाद यह आता है वह अभी यहाँ नहीं है।"),
    _not_yet("unknown-key", "The signing key is not in the directory that we hold.",
             "हस्ताक्षर कुंजी हमारे पास की निर्देशिका में नहीं है।"),
    _not_yet("unknown-procedure", "This node does not have the table or body that the turn names.",
             "इस नोड के पास कथन में बताई तालिका या विषय-वस्तु नहीं है।"),
    _not_yet("unknown-calendar", "This node does not have the calendar that the annex names.",
             "इस नोड के पास अनुलग्नक में बताया पंचांग नहीं है।"),
    _not_yet("instrument-unknown", "The instrument, or a turn of it, is not here yet.",
             "विलेख या उसका कोई कथन अभी यहाँ नहीं है।"),
    _not_yet("instrument-not-yet", "By our clock the instrument is not in force before {day}.",
             "हमारी घड़ी से विलेख {day} से पहले प्रवृत्त नहीं है।"),
    _not_yet("body-missing", "The body that the turn names is not here yet.",
             "कथन में बताई विषय-वस्तु अभी यहाँ नहीं है।"),
    _not_yet("clock-ahead", "The turn was said at {said}, which is still to come by our clock.",
             "कथन का समय {said} हमारी घड़ी से अभी आना है।"),
    _not_yet("full", "This node has no room now: {what}.", "इस नोड में अभी स्थान नहीं है: {what}।"),
    _not_yet("too-fast", "More than {limit} came within a minute; the rest must wait.",
             "एक मिनट में {limit} से अधिक आए; शेष को रुकना होगा।"),
    _not_yet("held", "The pairing is held: two sayings stand in one slot, and an officer must decide.",
             "युग्म रोका गया है: एक क्रम में दो कथन हैं, अधिकारी को निर्णय करना है।"),
)
# fmt: on

CODES: Final = {code.code: code for code in _ALL}
