"""Changing the contact list: type it, see what is wrong with it or what it changes, and save it as a proposal."""

from collections.abc import Mapping

from cspr_bot.board.answers import Answer, Page, Redirect, Visit, missing
from cspr_bot.board.values import CheckedChange, ContactChange, ContactEntry, Refused

NO_CONTACT = "There is no such contact, or not any more. Look at the list anew."
SAVED = "Saved as a proposal. Nothing is changed until an administrator types: {command}"


def contacts(visit: Visit) -> Page:
    """Show the contact list, and the proposal that waits."""
    return Page("contacts.html", {"contacts": visit.desk.contacts()})


def contact(visit: Visit) -> Answer:
    """Show an entry to be changed, or an empty one."""
    found = visit.desk.contact(_number(visit))
    return missing(NO_CONTACT) if found is None else _typing(found, found.fields, None)


def check(visit: Visit) -> Answer:
    """First click: say what is wrong with a change, or show what it changes."""
    change = _change(visit)
    judged = visit.desk.check_contact(change)
    if isinstance(judged, Refused):
        return Page("refused.html", {"why": judged.why, "back": "/contacts"}, 409)
    if judged.is_good:
        return Page("contact_confirm.html", {"change": change, "judged": judged})
    return _mending(visit, change, judged)


def propose(visit: Visit) -> Answer:
    """Second click: keep it as a proposal."""
    change = _change(visit)
    done = visit.desk.propose_contact(change, visit.visitor)
    match done:
        case Refused(why):
            return Page("refused.html", {"why": why, "back": "/contacts"}, 409)
        case CheckedChange():
            return _mending(visit, change, done)
        case command:
            return Redirect("/contacts", SAVED.format(command=command))


def withdraw(visit: Visit) -> Answer:
    """Take the proposal that waits away."""
    was_there = visit.desk.withdraw_contacts(visit.visitor)
    return Redirect("/contacts", "The proposal was withdrawn." if was_there else "There was no proposal to withdraw.")


def _mending(visit: Visit, change: ContactChange, judged: CheckedChange) -> Answer:
    found = visit.desk.contact(change.number)
    return missing(NO_CONTACT) if found is None else _typing(found, change.fields, judged)


def _typing(found: ContactEntry, typed: Mapping[str, str], judged: CheckedChange | None) -> Page:
    fields = {key: typed.get(key, "") for key in found.fields}
    facts = {"contact": found, "typed": fields, "problems": judged.problems if judged else ()}
    return Page("contact.html", {**facts, "others": judged.others if judged else ()}, 422 if judged else 200)


def _change(visit: Visit) -> ContactChange:
    fields = {key: value for key, value in visit.fields.items() if key not in {"csrf", "stamp", "remove"}}
    return ContactChange(_number(visit), visit.word("stamp"), fields, is_removal=visit.word("remove") == "yes")


def _number(visit: Visit) -> int:
    """Give the number of an entry; 0 for a new one, and -1, which no entry has, for what is no number."""
    return 0 if visit.path["number"] == "new" else visit.number("number") or -1
