"""Who somebody is to a page; a person may be several at once, and something else on another page."""

from enum import StrEnum


class Who(StrEnum):
    """Whom a page may be for, seen from what its path names."""

    ANYONE = "anyone"  # signed in or not
    SPECTATOR = "spectator"  # anyone, while a replay is shown
    MONITOR = "monitor"  # a machine that reads figures: this one, or one with the token for it
    PERSON = "person"  # anyone who is signed in
    UNIT = "unit"  # contact or deputy contact of the unit that the page is about
    HEAD = "head"  # its head
    DEPUTY = "deputy"  # a contact or the head of the unit that is deputy leader in the page's year
    SECRETARY = "secretary"  # of the page's year
    CITY = "city"  # looks on for the city's board of emulation
    OPERATOR = "operator"  # of the installation
