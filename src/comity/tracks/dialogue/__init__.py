"""The dialogue itself: sessions, commitments, and the instruments that they lead to.

    tables         dialogue.session, dialogue.commitment, instrument.negotiation
    bodies         what their steps carry        words     what officers read
    annexes        proposals for an instrument's annex: clocks, calendars, offices
    february_2024  the session of 27 to 29 February 2024, recorded from facts

Deliberately not here: reading readouts (`reading`, later), progress of commitments (later).
"""
