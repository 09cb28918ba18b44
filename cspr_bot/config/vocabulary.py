"""The words that the files share and that others build on: roles, flags, the names of notices."""

import re

# interfaces.md, section 10
ROLES = (
    "referrer",
    "coordinator",
    "la_service_leader",
    "assistant_director",
    "director",
    "police_review_team",
    "health_safeguarding",
    "subgroup_chair",
    "subgroup",
    "executive",
    "agency",
    "other_area_partners",
    "lead_reviewer",
    "review_group",
    "administrator",
)
# Who these are stands in each case, never on the contact list.
ROLES_OF_A_CASE = frozenset({"referrer"})
FLAGS = (
    "awareness_assumed",
    "incomplete",
    "looked_after_unknown",
    "custody_unknown",
    "detained_unknown",
    "possible_duplicate",
    "file_unread",
    "breached_at_opening",
    "several_areas",
    "parallel_proceedings",
    "contact_undeliverable",
)
# Answers that every mail understands (interfaces.md, section 8); no decision may be worded so.
COMMON_ANSWERS = ("DONE", "RECEIVED", "NOT INVOLVED", "AWAY UNTIL", "STATUS", "NOTE")
NOTICE_NAME = re.compile(r"N([1-9]|1\d|2[0-8])(-[a-z0-9]+)*")
AGENCY_KEY = re.compile(r"[a-z][a-z0-9_]*")
