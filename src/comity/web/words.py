"""Every word of the pages, in English and Hindi.

The Hindi is our own proposal, in the terms of `docs/glossary.md`; an official translator has
not confirmed it. A test holds the two languages to the same blanks, and templates to keys
that are here.

Deliberately not here: the words of procedures (each track's `words`) and of refusals
(`core.codes`).
"""

from typing import Final

from comity.tracks.words import named

LANGUAGES: Final = ("en", "hi")
"""The languages of the pages; the first is what a reader who has chosen none gets."""


def word(key: str, language: str, **values: str) -> str:
    """Return words with their blanks filled in; `KeyError` for a key that is not here."""
    return WORDS[key].in_language(language).format(**values)


# fmt: off
WORDS: Final = named(
    # ------------------------------------------------------------------ every page
    skip=("Skip to the content", "मुख्य सामग्री पर जाएँ"),
    node_of=("{party}: node", "{party}: नोड"),
    language=("Language", "भाषा"),
    exercise=("EXERCISE", "अभ्यास"),
    exercise_node=("This is practice: nothing on this page is real.", "इस पृष्ठ पर कुछ भी वास्तविक नहीं है।"),
    exercise_case=("This is practice: nothing in this case is real.", "इस मामले में कुछ भी वास्तविक नहीं है।"),
    pages=("Pages", "पृष्ठ"),
    read_only=("These pages are read only; the command line speaks.",
               "ये पृष्ठ केवल पढ़ने के लिए हैं; कहना आदेश-पंक्ति से होता है।"),
    yes=("yes", "हाँ"),
    no=("no", "नहीं"),
    nobody=("nobody", "कोई नहीं"),

    # --------------------------------------------------------------------- moments
    in_capital=("{time} in {capital}", "{capital} में {time}"),
    end_of_day=("end of {day} in {capital}", "{capital} में {day} की समाप्ति"),

    # ---------------------------------------------------------------------- docket
    docket=("Docket", "कार्य-सूची"),
    counts=("{open} open, {closed} closed, {all} in all", "{open} खुले, {closed} बंद, कुल {all}"),
    shown=("Cases, the latest first: {count} shown", "मामले, नवीनतम पहले: {count} दिखाए गए"),
    narrow=("Which cases", "कौन-से मामले"),
    state_of_cases=("Open or closed", "खुले या बंद"),
    open=("Open", "खुले"),
    closed=("Closed", "बंद"),
    all=("All", "सभी"),
    procedure=("Procedure", "प्रक्रिया"),
    all_procedures=("All procedures", "सभी प्रक्रियाएँ"),
    show=("Show", "दिखाएँ"),
    case=("Case", "मामला"),
    with_peer=("With", "किसके साथ"),
    offices=("Our office and theirs", "हमारा और उनका कार्यालय"),
    ours=("ours", "हमारा"),
    theirs=("theirs", "उनका"),
    state=("State", "अवस्था"),
    turn_of=("Whose turn", "किसकी बारी"),
    due=("Due", "नियत समय"),
    last_at=("Last activity", "अंतिम गतिविधि"),
    us=("ours", "हमारी"),
    ran_out=("has run out", "समय समाप्त"),
    provisional=("not yet accepted", "अभी स्वीकृत नहीं"),
    next_page=("Older cases", "पुराने मामले"),
    first_page=("Back to the latest", "नवीनतम पर लौटें"),
    none_yet=("There is no case yet.", "अभी कोई मामला नहीं है।"),
    none_yet_do=("A case begins with an office's first turn. These commands list the procedures and say it:",
                 "मामला तब शुरू होता है जब कोई कार्यालय पहला कथन कहे। ये आदेश प्रक्रियाएँ दिखाते और कथन कहते हैं:"),
    none_here=("No case is of this kind.", "इस प्रकार का कोई मामला नहीं है।"),
    none_here_do=("Show all cases", "सभी मामले दिखाएँ"),

    # ------------------------------------------------------------------------ case
    back=("Back to the docket", "कार्य-सूची पर लौटें"),
    where_it_stands=("Where the case stands", "मामला कहाँ है"),
    id=("Full name of the case", "मामले का पूरा नाम"),
    between=("Between", "किनके बीच"),
    opened_at=("Opened", "खोला गया"),
    under=("Under the instrument", "विलेख के अधीन"),
    founding_note=("founding note of the pairing", "युग्मन का आधार पत्र"),
    links=("Linked cases", "संबंधित मामले"),
    held=("Two different sayings stand in one slot. The pairing is held until an officer decides.",
          "एक ही क्रम-स्थान पर दो भिन्न कथन हैं। अधिकारी के निर्णय तक युग्म रोका गया है।"),

    clocks=("Clocks", "समय-सीमाएँ"),
    no_clocks=("No clock runs in this case.", "इस मामले में कोई समय-सीमा नहीं चल रही।"),
    clock_of=("{party}: {clock}", "{party}: {clock}"),
    clock_due=("Due by the {moment}", "नियत: {moment}"),
    clock_over=("Ran out at the {moment}", "समाप्त हुई: {moment}"),
    clock_paused=("It stands still; it was stopped {moment}.", "यह रुकी हुई है; {moment} को रोकी गई।"),
    clock_unstarted=("It starts when the other side accepts the turn.",
                     "यह तब शुरू होगी जब दूसरा पक्ष कथन स्वीकार करे।"),
    clock_unknown=("No day of its end was agreed.", "इसके अंत का कोई दिन तय नहीं हुआ।"),
    clock_since=("Running since {moment}", "{moment} से चल रही है"),
    working_days=("{days} working days, by the calendar {calendar}",
                  "{days} कार्य-दिवस, पंचांग {calendar} के अनुसार"),
    calendar_days=("{days} days", "{days} दिन"),
    silence_means=("If nothing is said until then: {meaning}", "यदि तब तक कुछ न कहा जाए: {meaning}"),
    not_counted=("Not counted: {days}", "नहीं गिने गए: {days}"),
    outside_table=("The holidays of a year in question are not in the calendar.",
                   "संबंधित वर्ष के अवकाश पंचांग में नहीं हैं।"),
    holiday=("{name}, {day}", "{name}, {day}"),
    holiday_unverified=("{name}, {day} (unverified)", "{name}, {day} (असत्यापित)"),
    calendar_unverified=("This calendar is unverified.", "यह पंचांग असत्यापित है।"),

    next=("What may be said next", "आगे क्या कहा जा सकता है"),
    next_ours=("By us", "हमारे द्वारा"),
    next_theirs=("By the other side, {party}", "दूसरे पक्ष, {party}, द्वारा"),
    next_closed=("The case is closed. Nothing more can be said in it.",
                 "मामला बंद है। इसमें अब कुछ नहीं कहा जा सकता।"),
    next_nothing=("Nothing, until the other side has spoken.", "कुछ नहीं, जब तक दूसरा पक्ष न बोले।"),
    next_nothing_theirs=("Nothing, until we have spoken.", "कुछ नहीं, जब तक हम न बोलें।"),
    next_waiting=("What was said last is not accepted yet. This holds if it will be.",
                  "अंतिम कथन अभी स्वीकृत नहीं है। स्वीकृत होने पर यह लागू है।"),
    interrupt=("may be said although it is the other side's turn", "दूसरे पक्ष की बारी में भी कहा जा सकता है"),
    needs_body=("carries: {body}", "साथ में: {body}"),
    needs_two=("needs a second officer", "दूसरा अधिकारी आवश्यक"),
    needs_gate=("needs the attestation: {gate}", "सत्यापन आवश्यक: {gate}"),
    needs_clock=("states that this ran out: {clock}", "यह समाप्त होना बताता है: {clock}"),
    how_to_say=("How to say it", "इसे कैसे कहें"),

    way=("The way so far", "अब तक का क्रम"),
    said_by=("{party}: {done}", "{party}: {done}"),
    said_in_vain=("{party} wanted to say: “{says}”", "{party} ने कहना चाहा: “{says}”"),
    said_at=("Said", "कहा गया"),
    from_to=("{office} to {addressed}", "{office} से {addressed} को"),
    then=("The case was then", "तब मामला"),
    accepted=("accepted", "स्वीकृत"),
    accepted_at=("Accepted", "स्वीकृत"),
    refused=("refused", "अस्वीकृत"),
    refused_at=("Refused", "अस्वीकृत"),
    crossed=("without effect", "निष्प्रभाव"),
    crossed_by=("Crossed by what {party} said in its turn {n}: {done}. The table gives that the precedence.",
                "{party} के कथन {n} ने इसे काटा: {done}। तालिका उसे प्राथमिकता देती है।"),
    waits=("waits", "प्रतीक्षा में"),
    waits_for=("It follows a turn that is not here yet.", "यह ऐसे कथन के बाद है जो अभी यहाँ नहीं है।"),
    no_effect=("The table has no such step: it was kept and moved nothing.",
               "तालिका में ऐसा चरण नहीं है: यह रखा गया और कुछ नहीं बदला।"),
    provisional_by=("{party} has not accepted it yet. Until then it is provisional.",
                    "{party} ने इसे अभी स्वीकार नहीं किया है। तब तक यह अनंतिम है।"),
    code=("code", "कूट"),
    proofs=("Proofs and marking", "प्रमाण और चिह्न"),
    by=("Officers", "अधिकारी"),
    officer=("officer {number}", "अधिकारी {number}"),
    officer_named=("{name} (officer {number})", "{name} (अधिकारी {number})"),
    released=("released by {officer}", "{officer} ने जारी किया"),
    signature=("Signature", "हस्ताक्षर"),
    signature_ok=("It holds, under the key of {office}.", "{office} की कुंजी से सही है।"),
    signature_unknown=("It cannot be checked: the key is not in the directory that we hold.",
                       "जाँचा नहीं जा सकता: कुंजी हमारी निर्देशिका में नहीं है।"),
    signature_bad=("It does not hold. Tell an administrator.", "यह सही नहीं है। प्रशासक को बताएँ।"),
    receipt=("Receipt", "पावती"),
    receipt_held=("We hold the proof that it is in the other side's log ({party}), at place {index}.",
                  "हमारे पास प्रमाण है कि यह दूसरे पक्ष ({party}) की अभिलेख-शृंखला में स्थान {index} पर है।"),
    receipt_given=("Our signed verdict was logged here at place {index}.",
                   "हमारा हस्ताक्षरित निर्णय यहाँ स्थान {index} पर अंकित है।"),
    receipt_none=("None yet.", "अभी नहीं।"),
    receipt_why=("None yet: {reason}", "अभी नहीं: {reason}"),
    receipt_waiting=("it waits to be sent", "भेजे जाने की प्रतीक्षा में"),
    marking=("Marking", "चिह्न"),
    marked=("TLP:{tlp}. Belongs to {owner}. Seen by: {audience}. Purpose: {purpose}. Destroyed on {day}.",
            "TLP:{tlp}। स्वामी: {owner}। देख सकते हैं: {audience}। प्रयोजन: {purpose}। {day} को नष्ट होगा।"),
    onward_originator=("It goes further only with the owner's consent; silence is not consent.",
                       "आगे केवल स्वामी की सहमति से; मौन सहमति नहीं है।"),
    onward_never=("It goes no further.", "यह आगे नहीं जाता।"),
    hash=("Hash of the turn", "कथन का हैश"),
    attests=("Attestations", "सत्यापन"),
    attested=("{gate}: {officers}", "{gate}: {officers}"),
    attested_override=("{gate}: opened by {officers}", "{gate}: {officers} ने खोला"),
    declares=("Declares", "घोषणा"),
    declared=("{clock} ran out: {moment}", "{clock} समाप्त: {moment}"),
    body_gone=("Its contents are not here, or do not open with our keys.",
               "विषय-वस्तु यहाँ नहीं है, या हमारी कुंजियों से नहीं खुलती।"),
    term=("{party}: {clock}: {days}; {silence}", "{party}: {clock}: {days}; {silence}"),
    days=("go on for {days} days", "{days} दिन और चलते हैं"),
    stop=("stop", "रुक जाते हैं"),
    weight_of=("weight of {what}", "भार: {what}"),
)

ANNEX: Final = named(
    calendar=("Calendar", "पंचांग"),
    ceiling=("Highest marking", "उच्चतम चिह्न"),
    clocks=("Clocks", "समय-सीमाएँ"),
    hashes=("Accepted table, by hash", "स्वीकृत तालिका, हैश"),
    in_force_from=("In force from", "प्रवृत्त होने की तिथि"),
    notice_days=("Days of notice to end it", "समाप्ति की सूचना, दिनों में"),
    offices=("Offices", "कार्यालय"),
    procedure=("Procedure", "प्रक्रिया"),
    purposes=("Purposes", "प्रयोजन"),
    run_off_days=("Open cases, when it ends", "समाप्ति पर खुले मामले"),
    until=("In force until", "प्रवृत्ति की अंतिम तिथि"),
)
"""The names of an annex's fields."""

RELATIONS: Final = named(
    follows=("follows from", "से निकला"),
    replaces=("replaces", "के स्थान पर"),
    session=("of the session", "बैठक"),
    commitment=("for the commitment", "प्रतिबद्धता"),
)
"""The relations of links that have a name; another one is shown as it stands in the turn."""
# fmt: on
