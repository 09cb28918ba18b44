"""Whether everything that procedure.toml names is there: events and their fields, timers, ladders, notices, roles."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from cspr_bot.config.files import ConfigFile
from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.config.procedure_names import Found, Names, names_of, walk
from cspr_bot.config.vocabulary import COMMON_ANSWERS, NOTICE_NAME, ROLES
from cspr_bot.procedure.deadlines import CASE_DATES, parse_pattern
from cspr_bot.procedure.definition import (
    AnswerRule,
    Automatic,
    Cancel,
    CourseStep,
    EventRule,
    Field,
    FlagRule,
    Guard,
    Moment,
    Move,
    NoticeRule,
    Pattern,
    Procedure,
    Timer,
    Values,
)

# Keys that hold a name: of what kind it must be, and which words may stand there instead.
_REFERENCES: Mapping[tuple[type, str], tuple[str, tuple[str, ...]]] = {
    (Timer, "owner"): ("role", ("role",)),
    (Timer, "roles"): ("role", ()),
    (Timer, "ladder"): ("ladder", ()),
    (Timer, "answers"): ("answer", ()),
    (Timer, "not_after"): ("timer", ()),
    (Timer, "late_event"): ("event", ()),
    (Timer, "before"): ("event", ()),
    (Timer, "done_event"): ("event", ()),
    (NoticeRule, "to"): ("role", ()),
    (NoticeRule, "when_all_sent"): ("event", ()),
    (FlagRule, "flag"): ("flag", ()),
    (Guard, "flags"): ("flag", ()),
    (Cancel, "timer"): ("timer", ("rest", "all")),
    (Automatic, "closed"): ("timer", ()),
    (CourseStep, "timer"): ("timer", ()),
}
_NOTICES = {
    (Timer, "notice"),
    (Timer, "request"),
    (Timer, "breached_notice"),
    (NoticeRule, "name"),
}
_ANCHORS = {
    (Timer, "anchors"),
    (Timer, "outer_limit"),
    (Timer, "warns_of"),
    (Moment, "anchors"),
    (CourseStep, "on_date_of"),
}
_DAYS_OF_A_CASE = (*sorted(CASE_DATES), "opening", "asked", "la_referrer_aware")
_ESCALATION = ("L1", "L2", "L3", "statutory")


def check_references(procedure: Procedure, file: ConfigFile) -> None:
    """Note every name that nothing bears, and every value that its field cannot have."""
    names = names_of(procedure, file.table)
    for found in walk(procedure):
        _check_found(found, names, file.findings)
    for event in procedure.events.values():
        _check_event(event, names, file.findings)
    _check_answers(procedure.answers, names, file.findings)
    _check_course(procedure.course, names, file.findings)
    _check_notices(procedure.notices, file.findings)
    _check_keywords(procedure, file.findings)
    _check_shared(procedure, names, file.findings)


def _check_found(found: Found, names: Names, findings: Findings) -> None:
    at = (found.owner, found.key)
    match found.value:
        case Pattern() as pattern:
            check_pattern(pattern, found.place, names, findings)
        case "":
            return  # what is left out is empty
        case str() as word if at in _NOTICES:
            _check_notice(word, found, findings)
        case str() as word if at in _ANCHORS:
            _check_anchor(word, found.place, names, findings)
        case str() as word if at in _REFERENCES:
            kind, others = _REFERENCES[at]
            _check_name(word, kind, found.place, names, findings, others)
        case Mapping() as values if found.key in {"only_if", "unless"}:
            _check_conditions(values, found.place, names, findings)
        case Mapping() as values if found.key == "done_by_notice":
            for notice, event in values.items():
                _check_name(event, "event", (*found.place, notice), names, findings)


def _check_name(
    word: str, kind: str, place: Place, names: Names, findings: Findings, others: Iterable[str] = ()
) -> None:
    known = names.known[kind]
    if word not in known and word not in others:
        findings.error(place, f"there is no {kind} {show(word)}", suggest(word, (*known, *others)))


def _check_notice(word: str, found: Found, findings: Findings) -> None:
    if not NOTICE_NAME.fullmatch(word) and not (word == "none" and found.key == "request"):
        remedy = 'write N1 to N28, with a word behind where there are several, such as "N4-reminder"'
        findings.error(found.place, f"{show(word)} is not the name of a notice", remedy)


def _check_anchor(word: str, place: Place, names: Names, findings: Findings) -> None:
    """Check a word that a clock counts from: a date, a moment, an event pattern, or the date in an event's field."""
    if word in _DAYS_OF_A_CASE or word in names.known["moment"]:
        return
    event, dot, field_name = word.partition(".")
    if dot and event in names.known["event"]:
        fields = names.fields(event)
        if fields is not None and not any(field.name == field_name and field.kind == "date" for field in fields):
            dates = [field.name for field in fields if field.kind == "date"]
            what = f"{event} has no date {show(field_name)}"
            findings.error(place, what, suggest(field_name, dates))
        return
    try:
        pattern = parse_pattern(word)
    except ValueError:
        findings.error(place, f"{show(word)} is not an anchor", "write a date, a moment, an event, or event.field")
        return
    if pattern.event in names.known["event"]:
        check_pattern(pattern, place, names, findings)
    else:
        known = (*_DAYS_OF_A_CASE, *names.known["moment"], *names.known["event"])
        findings.error(place, f"there is no date, moment or event {show(word)}", suggest(word, known))


def check_pattern(pattern: Pattern, place: Place, names: Names, findings: Findings) -> None:
    """Note an event that there is not, a field that it has not, a value that its field cannot have."""
    _check_name(pattern.event, "event", place, names, findings)
    fields = names.fields(pattern.event)
    if fields is not None:
        _check_values(pattern.fields, fields, pattern.event, place, names, findings)


def _check_values(
    values: Values, fields: tuple[Field, ...], event: str, place: Place, names: Names, findings: Findings
) -> None:
    known = {field.name: field for field in fields}
    for name, wanted in values.items():
        field = known.get(name)
        if field is None:
            findings.error(place, f"{event} has no field {show(name)}", suggest(name, known))
            continue
        for value in wanted:
            _check_value(value, field, event, place, names, findings)


def _check_value(value: str, field: Field, event: str, place: Place, names: Names, findings: Findings) -> None:
    if value == "":
        if field.is_required:
            what = f"{event} always has its field {show(field.name)}, so it is never empty"
            findings.error(place, what, "leave the empty value out, or let the field be left out with ?")
        return
    match field.kind:
        case "choice" if value not in field.choices:
            what = f"{event} cannot have {field.name}={value}"
            findings.error(place, what, suggest(value, field.choices))
        case "timer" | "role":
            _check_name(value, field.kind, place, names, findings)
        case "number" if not value.isdecimal():
            findings.error(place, f"{event}: {field.name} is a number, and {show(value)} is none", "write digits")
        case _:
            return


def _check_conditions(values: Values, place: Place, names: Names, findings: Findings) -> None:
    """Check `only_if` and `unless`: stages of regions, and facts that an event makes the case remember."""
    facts = _facts(names.procedure)
    for name, wanted in values.items():
        region = names.procedure.regions.get(name)
        if region is not None:
            _check_choices(wanted, region.stages, f"the region {name} has no stage", place, findings)
        elif name in facts:
            _check_choices(filter(None, wanted), facts[name], f"{name} is never", place, findings)
        elif name not in names.known["region"]:
            what = f"{show(name)} is neither a region nor a fact that an event remembers"
            findings.error(place, what, suggest(name, (*names.known["region"], *facts)))


def _check_choices(
    wanted: Iterable[str], choices: tuple[str, ...], what: str, place: Place, findings: Findings
) -> None:
    for choice in wanted:
        if choices and choice not in choices:
            findings.error(place, f"{what} {show(choice)}", suggest(choice, choices))


def _facts(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """Give every fact that events remember, with its choices; none where one of them takes any value."""
    facts: dict[str, tuple[str, ...]] = {}
    free: set[str] = set()
    for event in procedure.events.values():
        for field in event.fields:
            if field.name in event.remembers:
                facts[field.name] = (*facts.get(field.name, ()), *field.choices)
                free |= set() if field.choices else {field.name}
    return {name: () if name in free else choices for name, choices in facts.items()}


def _check_event(event: EventRule, names: Names, findings: Findings) -> None:
    """Check what stands in an event's own table of its own fields."""
    place: Place = ("event", event.name)
    groups: tuple[tuple[str, Iterable[Move | FlagRule | Cancel | Guard]], ...] = (
        ("moves", event.moves),
        ("raises", event.raises),
        ("clears", event.clears),
        ("cancels", event.cancels),
        ("guards", event.guards),
    )
    for key, rules in groups:
        for number, rule in enumerate(rules):
            here = (*place, key, number, "when")
            _check_values(rule.when, event.fields, event.name, here, names, findings)
    known = [field.name for field in event.fields]
    for number, name in enumerate(event.remembers):
        if name not in known:
            what = f"{event.name} has no field {show(name)}"
            findings.error((*place, "remembers", number), what, suggest(name, known))
    asks_for_one = any(guard.effect == "needs_reason" for guard in event.guards)
    needs_reason = bool(event.refused_while or event.needs_reason_from or asks_for_one)
    if needs_reason and "reason" not in known:
        what = f"{event.name} may need a reason and has no field for one"
        findings.error((*place, "fields"), what, 'add reason = "text?" to its fields')


def _check_answers(answers: Mapping[str, AnswerRule], names: Names, findings: Findings) -> None:
    for name, answer in answers.items():
        place: Place = ("answer", name, "event")
        pattern = Pattern(answer.event, {key: (value,) for key, value in answer.fields.items()})
        check_pattern(pattern, place, names, findings)
        if answer.otherwise is not None and any(len(values) != 1 for values in answer.otherwise.fields.values()):
            what = "a field has several values, and an answer decides for one"
            findings.error(("answer", name, "otherwise"), what, "write one value a field")
        brought = {"agencies": {"agencies"}, "reason": {"reason"}, "nothing": set[str]()}[answer.takes]
        for field in names.fields(answer.event) or ():
            brought |= {field.name} if field.kind in {"agency", "role"} else set()  # the task itself knows these
            if field.is_required and field.name not in {*answer.fields, *brought}:
                what = f"{answer.event} needs {show(field.name)}, and this answer does not give it"
                findings.error(place, what, f'write event = "{answer.event}({field.name}=...)"')
    _check_words(answers, findings)


def _check_notices(notices: Mapping[str, NoticeRule], findings: Findings) -> None:
    """Check what goes again and again: how often, from when, and about what."""
    for notice in notices.values():
        place: Place = ("notice", notice.name)
        if notice.every < 0:
            findings.error((*place, "every"), "nothing comes every fewer than 0 days", "write a number of working days")
        if notice.every and not notice.on:
            findings.error((*place, "on"), "it repeats from no event on", "name the event from which it counts")
        if notice.every and (notice.when_all_sent or notice.when_days_moved or "agency" in notice.to):
            what = "what repeats goes to roles, and neither ends anything nor waits for a day that moves"
            findings.error((*place, "every"), what, 'leave out when_all_sent, when_days_moved and "agency"')
        if notice.about and not notice.every:
            findings.error((*place, "about"), "only a notice that repeats is about anything", "add every = 20")


def _check_keywords(procedure: Procedure, findings: Findings) -> None:
    """Check that each list of words belongs to a question that a referral can answer with yes."""
    received = procedure.events.get("referral_received")
    known = [field.name for field in received.fields if "yes" in field.choices] if received else []
    for name, words in procedure.keywords.items():
        if received and name not in known:
            what = f"referral_received has no field {show(name)} that can be yes"
            findings.error(("keywords", name), what, suggest(name, known))
        for number, word in enumerate(words):
            if not word.strip():
                findings.error(("keywords", name, number), "an empty word stands in every form", "leave it out")


def _check_course(course: tuple[CourseStep, ...], names: Names, findings: Findings) -> None:
    """Check the imagined course; what a step leaves out comes from the task that it does."""
    for number, step in enumerate(course):
        place: Place = ("course", number)
        pattern = Pattern(step.event, {key: (value,) for key, value in step.fields.items()})
        check_pattern(pattern, (*place, "event"), names, findings)
        dates = [field.name for field in names.fields(step.event) or () if field.kind == "date"]
        if step.date_field and names.fields(step.event) is not None and step.date_field not in dates:
            what = f"{step.event} has no date {show(step.date_field)}"
            findings.error((*place, "date_field"), what, suggest(step.date_field, dates))
        if step.on_date_of and "." not in step.on_date_of:
            what = f"{show(step.on_date_of)} is not the date of an event"
            findings.error((*place, "on_date_of"), what, 'write event.field, such as "publication_date_set.date"')


def _check_words(answers: Mapping[str, AnswerRule], findings: Findings) -> None:
    """Note answers of which one might be taken for another."""
    words = [(word, "") for word in COMMON_ANSWERS]
    words += [(" ".join(answer.words.upper().split()), name) for name, answer in answers.items()]
    for said, name in words:
        if name and not (said and said.isascii() and said.isprintable() and said[0].isalnum()):
            findings.error(("answer", name, "words"), f"{show(said)} cannot be typed by everybody", "write plain words")
    for (one, first), (other, second) in combinations(words, 2):
        shorter, longer = sorted((one, other), key=len)
        if second and shorter and (shorter == longer or longer.startswith(shorter + " ")):
            what = f"{show(other)} might be taken for {show(one)}{f', the answer {first}' if first else ''}"
            findings.error(("answer", second, "words"), what, "word one of them differently")


def _check_shared(procedure: Procedure, names: Names, findings: Findings) -> None:
    """Check what stands in the short tables at the end: escalation, length ladders, held mails."""
    for level, roles in procedure.escalation_roles.items():
        if level not in _ESCALATION:
            findings.error(("escalation", level), f"there is no level {show(level)}", suggest(level, _ESCALATION))
        for number, role in enumerate(roles):
            _check_name(role, "role", ("escalation", level, number), names, findings)
    longest = 0
    for number, (up_to, ladder) in enumerate(procedure.length_ladders):
        _check_name(ladder, "ladder", ("length_ladder", number, "ladder"), names, findings)
        if up_to <= longest:
            what = f"{up_to} days are not more than those of the entry before"
            findings.error(("length_ladder", number, "up_to"), what, "let each entry reach further than the last")
        longest = max(longest, up_to)
    for number, role in enumerate(procedure.provisional_roles):
        if role not in ROLES:
            findings.error(("provisional", "roles", number), f"there is no role {show(role)}", suggest(role, ROLES))
    notice = procedure.provisional_notice
    if notice and not NOTICE_NAME.fullmatch(notice):
        findings.error(("provisional", "notice"), f"{show(notice)} is not the name of a notice", "write N1 to N28")
