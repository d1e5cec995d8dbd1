"""The pages: server-rendered, escaped, under a strict content security policy.

    guard      who is let in at all          answers    what tells nothing; headers of every answer
    links      one-time links                sessions   the signed cookie that a link is changed for
    entrance   changing the one for the other           keyfile    the key of the cookies
    docket     the list of cases             case       one case, told from its signed turns
    telling    each turn in words            waiting    clocks, who blocks, what may be said next
    contents   a body, field by field        annex, shown      an instrument's terms; a shown field
    moments    instants in both capitals     words      every sentence, in English and Hindi
    frame      what both pages share         tags, templates, style
    exchange   the door of the peer

Deliberately not here: any decision. A page gathers and shows. No JavaScript, no form that
changes anything, and no rule of which officer sees which case: that comes with sign-in.
"""
