"""The addresses of a node: pages for officers, one door for the peer.

Deliberately not here: what any of them does.
"""

from django.urls import path

from comity.web import case, docket, entrance, exchange, style

urlpatterns = [
    path("", entrance.home),
    path("enter/<str:token>", entrance.enter),
    path("docket", docket.docket),
    path("case/<str:name>", case.case),
    path("style/<str:name>", style.file),
    path("exchange", exchange.exchange),
]

handler404 = "comity.web.answers.unknown"
