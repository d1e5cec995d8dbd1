"""Offices and the officers who hold them. Names stay here; only numbers cross.

Deliberately not here: sign-in, second factors and absence, which come with the workplace.
"""

from datetime import date

from django.db.models import Max, Q

from comity.core.errors import ComityError
from comity.node.models import Officer, Tenure
from comity.node.node import Node

ROLES = ("officer", "releasing-officer", "analyst", "secretariat", "oversight", "administrator")


class NotThatOffice(ComityError):
    """The officer does not hold the office on that day, or the office is not ours."""

    code = "not-that-office"


def appoint(node: Node, name: str, offices: tuple[str, ...], role: str, on: date) -> Officer:
    """Enter an officer who holds the offices from a day on; return it with its new number."""
    if role not in ROLES:
        raise ComityError(f"role: expected one of {', '.join(ROLES)}, got {role!r}")
    unknown = [office for office in offices if office not in node.directory.addresses]
    if unknown:
        ours = ", ".join(sorted(node.directory.addresses))
        raise NotThatOffice(f"{', '.join(unknown)}: not an office of {node.party} (there are {ours})")
    officers = Officer.objects.using(node.alias)
    number = (officers.aggregate(last=Max("number"))["last"] or 0) + 1
    officer = officers.create(number=number, name=name, role=role)
    for office in offices:
        Tenure.objects.using(node.alias).create(officer=officer, office=office, from_on=on)
    return officer


def holders(node: Node, office: str, on: date) -> list[Officer]:
    """Return who holds the office on a day, by number."""
    held = Q(tenure__office=office, tenure__from_on__lte=on) & (
        Q(tenure__until_on__isnull=True) | Q(tenure__until_on__gte=on)
    )
    return list(Officer.objects.using(node.alias).filter(held).distinct().order_by("number"))


def check_holds(node: Node, number: int, office: str, on: date) -> Officer:
    """Return the officer; raise `NotThatOffice` unless the office is held on that day."""
    found = next((officer for officer in holders(node, office, on) if officer.number == number), None)
    if found is None:
        raise NotThatOffice(f"officer {number} does not hold {office} on {on:%d %B %Y}")
    return found
