"""What officers read about a pre-export notification, in English and Hindi.

The Hindi is our own proposal; an official translator has not confirmed it.

Deliberately not here: the table and the contents that these words name.
"""

from typing import Final

from comity.core.keys import Name
from comity.tracks.words import Names, Words, labelled, named

_REFERENCE: Final = ("Reference of the authority", "प्राधिकरण का संदर्भ")
_VALID_UNTIL: Final = ("Valid until", "तक मान्य")
_REMARKS: Final = ("Remarks", "टिप्पणी")
_POINTS: Final = {
    **labelled(points=("Points", "बिंदु")),
    **labelled("points[].", about=("About", "विषय"), words=("In words", "शब्दों में")),
}


def _trader(field: str, english: str, hindi: str) -> Names:
    return {
        field: Name(english, hindi),
        **labelled(
            f"{field}.",
            name=("Name", "नाम"),
            address=("Address", "पता"),
            country=("Country", "देश"),
        ),
    }


_NOTIFICATION: Final[Names] = {
    **labelled(
        legal_basis=("Legal basis", "विधिक आधार"),
        authority_reference=_REFERENCE,
    ),
    **_trader("exporter", "Exporter", "निर्यातक"),
    **_trader("importer", "Importer", "आयातक"),
    **_trader("consignee", "Consignee", "परेषिती"),
    **labelled(substances=("Substances", "पदार्थ")),
    **labelled(
        "substances[].",
        name=("Name as in the papers", "प्रलेखों में दिया नाम"),
        control_id=("Row of the control table", "नियंत्रण तालिका की पंक्ति"),
        cas=("CAS number", "सीएएस संख्या"),
        hs=("HS subheading", "एचएस उपशीर्ष"),
        quantity=("Quantity", "मात्रा"),
        value=("Value as reported", "सूचित मूल्य"),
    ),
    **labelled(
        "substances[].quantity.",
        amount=("Amount", "परिमाण"),
        unit=("Unit", "इकाई"),
        weight=("Weight of", "भार किसका"),
    ),
    **labelled("substances[].value.", currency=("Currency", "मुद्रा"), amount=("Amount", "राशि")),
    **labelled(
        point_of_entry=("Expected point of entry", "प्रवेश का अपेक्षित स्थान"),
        dispatch_on=("Expected day of dispatch", "प्रेषण की अपेक्षित तिथि"),
        transit=("Transit ports", "पारगमन बंदरगाह"),
        route=("Route", "मार्ग"),
        containers=("Containers", "कंटेनर"),
        bill_of_lading=("Bill of lading", "वहन-पत्र"),
        reply_by=("Reply asked by", "उत्तर अपेक्षित तिथि"),
        import_permit=("Import permit", "आयात अनुज्ञा-पत्र"),
        end_use=("End use", "अंतिम उपयोग"),
        notes=("Notes", "टिप्पणियाँ"),
        source=("Row of trade statistics", "व्यापार आँकड़ों की पंक्ति"),
    ),
    **labelled(
        "source.",
        file=("File", "फ़ाइल"),
        row=("Line of the file", "फ़ाइल की पंक्ति"),
        classification=("Classification", "वर्गीकरण"),
        period=("Period", "अवधि"),
        reporter=("Reporting country", "सूचना देने वाला देश"),
        partner=("Partner", "सहभागी"),
    ),
}

_LEGAL_BASES: Final = named(
    article_12_10_a=("1988 Convention, article 12(10)(a)", "1988 का अभिसमय, अनुच्छेद 12(10)(क)"),
    voluntary=("voluntary", "स्वैच्छिक"),
    national_law=("national law", "राष्ट्रीय विधि"),
    other_agreed=("otherwise agreed", "अन्यथा सहमत"),
    exercise_from_statistics=("exercise, from trade statistics", "अभ्यास, व्यापार आँकड़ों से"),
)

_ABOUT: Final = named(
    exporter=("the exporter", "निर्यातक"),
    importer=("the importer", "आयातक"),
    consignee=("the consignee", "परेषिती"),
    substance=("the substance", "पदार्थ"),
    quantity=("the quantity", "मात्रा"),
    point_of_entry=("the point of entry", "प्रवेश का स्थान"),
    dispatch=("the dispatch", "प्रेषण"),
    route=("the route", "मार्ग"),
    end_use=("the end use", "अंतिम उपयोग"),
    documents=("the documents", "प्रलेख"),
    other=("something else", "अन्य"),
)

_UNITS: Final = named(
    g=("grams", "ग्राम"),
    kg=("kilograms", "किलोग्राम"),
    l=("litres", "लीटर"),
    ml=("millilitres", "मिलीलीटर"),
    tablets=("tablets", "गोलियाँ"),
    count=("pieces", "नग"),
)

_WEIGHTS: Final = named(
    base=("the base", "क्षारक"),
    salt=("the salt", "लवण"),
    not_stated=("not stated", "अनुल्लिखित"),
)

_EXTENSION_REASONS: Final = named(
    importer_being_verified=("the importer is being verified", "आयातक का सत्यापन हो रहा है"),
    site_visit_planned=("a visit to the site is planned", "स्थल का निरीक्षण नियोजित है"),
    other_authority_consulted=("another authority is consulted", "अन्य प्राधिकरण से परामर्श हो रहा है"),
    documents_awaited=("documents are awaited", "प्रलेख प्रतीक्षित हैं"),
    technical_question=("a technical question is open", "तकनीकी प्रश्न लंबित है"),
)

_CONDITIONS: Final = named(
    import_declaration_before_arrival=("import declaration before arrival", "आगमन से पहले आयात घोषणा"),
    import_permit_before_dispatch=("import permit before dispatch", "प्रेषण से पहले आयात अनुज्ञा-पत्र"),
    at_most_this_quantity=("at most this quantity", "अधिकतम यह मात्रा"),
    presented_to_customs_on_entry=("presented to customs on entry", "प्रवेश पर सीमाशुल्क के समक्ष प्रस्तुति"),
    receipt_reported=("receipt reported", "प्राप्ति की सूचना"),
    status_to_be_verified=("control status to be verified", "नियंत्रण की स्थिति का सत्यापन"),
)

_GROUNDS: Final = named(
    import_permit_required=("an import permit is required", "आयात अनुज्ञा-पत्र आवश्यक है"),
    import_prohibited=("the import is prohibited", "आयात निषिद्ध है"),
    importer_not_authorised=("the importer is not authorised", "आयातक प्राधिकृत नहीं है"),
    importer_unknown=("the importer is not known", "आयातक अज्ञात है"),
    quantity_above_need=("the quantity is above the legitimate need", "मात्रा वैध आवश्यकता से अधिक है"),
    end_use_not_established=("the end use is not established", "अंतिम उपयोग स्थापित नहीं है"),
    documents_inconsistent=("the documents do not agree", "प्रलेख परस्पर मेल नहीं खाते"),
    diversion_suspected=("diversion is suspected", "विपथन का संदेह है"),
)

PRE_EXPORT_NOTIFICATION: Final = Words(
    title=Name("Pre-export notification", "निर्यात-पूर्व सूचना"),
    roles=named(
        exporting=("exporting authority", "निर्यातक प्राधिकरण"),
        importing=("importing authority", "आयातक प्राधिकरण"),
    ),
    states=named(
        start=("not yet notified", "अभी सूचित नहीं"),
        notified=("notified, not yet acknowledged", "सूचित, अभिस्वीकृति शेष"),
        considered=("under consideration", "विचाराधीन"),
        asked=("a question is open", "प्रश्न लंबित"),
        extended=("under consideration, time extended", "विचाराधीन, समय बढ़ाया गया"),
        asked_again=("a question is open, time extended", "प्रश्न लंबित, समय बढ़ाया गया"),
        cleared=("cleared", "अनापत्ति दी गई"),
        cleared_with_conditions=("cleared with conditions", "शर्तों के साथ अनापत्ति"),
        objected=("objected", "आपत्ति की गई"),
        withdrawn=("withdrawn", "वापस ली गई"),
        silence_declared=("consent by silence, declared", "मौन से सहमति, घोषित"),
    ),
    says=named(
        notify=("Notify a shipment", "प्रेषण की सूचना दें"),
        acknowledge=("Acknowledge", "अभिस्वीकृति दें"),
        ask=("Ask a question", "प्रश्न पूछें"),
        answer=("Answer", "उत्तर दें"),
        extend=("Take more time", "अधिक समय लें"),
        clear=("Clear", "अनापत्ति दें"),
        clear_with_conditions=("Clear with conditions", "शर्तों के साथ अनापत्ति दें"),
        object=("Object", "आपत्ति करें"),
        withdraw=("Withdraw", "वापस लें"),
        correct=("Correct the notification", "सूचना शुद्ध करें"),
        declare_silence=("Declare that silence was consent", "घोषित करें कि मौन सहमति था"),
    ),
    done=named(
        notify=("notified a shipment", "प्रेषण की सूचना दी"),
        acknowledge=("acknowledged", "अभिस्वीकृति दी"),
        ask=("asked a question", "प्रश्न पूछा"),
        answer=("answered", "उत्तर दिया"),
        extend=("took more time", "अधिक समय लिया"),
        clear=("cleared", "अनापत्ति दी"),
        clear_with_conditions=("cleared with conditions", "शर्तों के साथ अनापत्ति दी"),
        object=("objected", "आपत्ति की"),
        withdraw=("withdrew", "वापस लिया"),
        correct=("corrected the notification", "सूचना शुद्ध की"),
        declare_silence=("declared that silence was consent", "घोषित किया कि मौन सहमति था"),
    ),
    clocks=named(
        decision=("time to decide", "निर्णय की समय-सीमा"),
        waiting=("the exporter's own notice period", "निर्यातक की अपनी सूचना-अवधि"),
    ),
    bodies={
        "pre-export-notification/1": Name("Pre-export notification", "निर्यात-पूर्व सूचना"),
        "pre-export-acknowledgement/1": Name("Acknowledgement", "अभिस्वीकृति"),
        "question/1": Name("Question", "प्रश्न"),
        "answer/1": Name("Answer", "उत्तर"),
        "extension/1": Name("More time", "अतिरिक्त समय"),
        "clearance/1": Name("Clearance", "अनापत्ति"),
        "conditions/1": Name("Conditions", "शर्तें"),
        "objection/1": Name("Objection", "आपत्ति"),
    },
    fields={
        "pre-export-notification/1": _NOTIFICATION,
        "pre-export-acknowledgement/1": labelled(
            case_reference=("Our reference of the case", "मामले का हमारा संदर्भ"),
            contact_office=("Office to contact", "संपर्क कार्यालय"),
            remarks=_REMARKS,
        ),
        "question/1": _POINTS,
        "answer/1": _POINTS,
        "extension/1": labelled(
            reason=("Reason", "कारण"), expected_on=("Answer expected on", "उत्तर की अपेक्षित तिथि")
        ),
        "clearance/1": labelled(authority_reference=_REFERENCE, valid_until=_VALID_UNTIL, remarks=_REMARKS),
        "conditions/1": {
            **labelled(
                conditions=("Conditions", "शर्तें"),
                unverified=("What has not been verified", "जिसका सत्यापन नहीं हुआ"),
                authority_reference=_REFERENCE,
                valid_until=_VALID_UNTIL,
            ),
            **labelled("conditions[].", kind=("Kind", "प्रकार"), words=("In words", "शब्दों में")),
        },
        "objection/1": labelled(
            ground=("Ground", "आधार"), words=("In words", "शब्दों में"), authority_reference=_REFERENCE
        ),
    },
    choices={
        "pre-export-notification/1": {
            "legal_basis": _LEGAL_BASES,
            "substances[].quantity.unit": _UNITS,
            "substances[].quantity.weight": _WEIGHTS,
        },
        "question/1": {"points[].about": _ABOUT},
        "answer/1": {"points[].about": _ABOUT},
        "extension/1": {"reason": _EXTENSION_REASONS},
        "conditions/1": {"conditions[].kind": _CONDITIONS},
        "objection/1": {"ground": _GROUNDS},
    },
)
