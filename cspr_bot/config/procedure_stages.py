"""Whether the stages of procedure.toml hang together: each can be reached, and from each a final one can be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.procedure.definition import EventRule, Move, Procedure, Region
from cspr_bot.procedure.events import allowed_stages

PREVIOUS = "previous"
Ways = Mapping[str, set[str]]


def check_stages(procedure: Procedure, findings: Findings, *, is_whole: bool) -> None:
    """Note every stage that there is not, that nothing leads to, or that leads to no end.

    Where an event or an automatic move could not be read (`is_whole` False) nobody can say what leads where.
    """
    if "main" not in procedure.regions:
        if not any(problem.place.startswith("region.main") for problem in findings.problems):
            findings.error(("region",), 'there is no region "main"', "write [region.main] with its stages")
        return
    for region in procedure.regions.values():
        _check_region(region, findings)
    for event in procedure.events.values():
        _check_event(event, procedure, findings)
    for number, rule in enumerate(procedure.automatic):
        place: Place = ("automatic", number)
        _check_stages_of(rule.region, (*rule.start, rule.to), place, procedure, findings)
        if not (rule.closed or rule.event or rule.only_if):
            findings.error(place, "nothing says when this happens", "add closed, event or only_if")
    for region in procedure.regions.values() if is_whole else ():
        _check_ways(region, procedure, findings)


def _check_region(region: Region, findings: Findings) -> None:
    place: Place = ("region", region.name)
    for number, stage in enumerate(region.stages):
        if stage in region.stages[:number]:
            findings.error((*place, "stages", number), f"the stage {show(stage)} stands twice", "leave one out")
    if region.initial not in region.stages:
        what = f"the initial stage {show(region.initial)} is none of the stages"
        findings.error((*place, "initial"), what, suggest(region.initial, region.stages))
    for number, stage in enumerate(region.final):
        if stage not in region.stages:
            what = f"the final stage {show(stage)} is none of the stages"
            findings.error((*place, "final", number), what, suggest(stage, region.stages))
    if not region.final:
        findings.error((*place, "final"), "no stage is final", "name at least one")
    if region.per == "role" or (region.name == "main" and region.per != "case"):
        findings.error((*place, "per"), f'this region cannot be kept per "{region.per}"', 'write "case"')


def _check_event(event: EventRule, procedure: Procedure, findings: Findings) -> None:
    place: Place = ("event", event.name)
    main = procedure.regions["main"].stages
    for key, stages in (("allowed_in", event.allowed_in), ("needs_reason_from", event.needs_reason_from)):
        for number, stage in enumerate(stages):
            if stage not in main and not (stage == "*" and key == "allowed_in"):
                what = f"the region main has no stage {show(stage)}"
                findings.error((*place, key, number), what, suggest(stage, main))
    if not event.allowed_in:
        findings.error((*place, "allowed_in"), "this event could never be recorded", 'write allowed_in = ["*"]')
    for number, move in enumerate(event.moves):
        _check_move(move, event, (*place, "moves", number), procedure, findings)


def _check_move(move: Move, event: EventRule, place: Place, procedure: Procedure, findings: Findings) -> None:
    if move.to == PREVIOUS and not event.reopens:
        what = '"previous" is for the event that reopens a case'
        findings.error((*place, "to"), what, "name a stage, or add reopens = true")
    stages = move.start if move.to == PREVIOUS else (*move.start, move.to)
    _check_stages_of(move.region, stages, place, procedure, findings)
    if move.region == "main" and event.allowed_in:
        for stage in set(move.start) & set(procedure.regions["main"].stages) - allowed_stages(event, procedure):
            what = f"{event.name} is not allowed in {show(stage)}, so this move never starts there"
            findings.error((*place, "start"), what, "add the stage to allowed_in, or leave it out here")


def _check_stages_of(name: str, stages: Iterable[str], place: Place, procedure: Procedure, findings: Findings) -> None:
    region = procedure.regions.get(name)
    if region is None:
        findings.error((*place, "region"), f"there is no region {show(name)}", suggest(name, procedure.regions))
        return
    for stage in stages:
        if stage not in region.stages:
            what = f"the region {name} has no stage {show(stage)}"
            findings.error(place, what, suggest(stage, region.stages))


def _check_ways(region: Region, procedure: Procedure, findings: Findings) -> None:
    """Follow every move from the first stage on, and back from the final ones."""
    ways = _ways(region, procedure)
    back: dict[str, set[str]] = defaultdict(set)
    for start, ends in ways.items():
        for end in ends:
            back[end].add(start)
    reached, ended = _follow({region.initial}, ways), _follow(set(region.final), back)
    for number, stage in enumerate(region.stages):
        place: Place = ("region", region.name, "stages", number)
        if stage not in reached:
            findings.error(place, f"nothing leads to the stage {show(stage)}", "let an event move a case there")
        elif stage not in ended:
            what = f"from the stage {show(stage)} no final one can be reached"
            findings.error(place, what, "let an event lead on from there")


def _ways(region: Region, procedure: Procedure) -> Ways:
    ways: dict[str, set[str]] = defaultdict(set)
    for event in procedure.events.values():
        allowed = allowed_stages(event, procedure) if region.name == "main" else frozenset(region.stages)
        for move in event.moves:
            if move.region == region.name and move.to != PREVIOUS:  # which leads where the case has been before
                for start in set(move.start or region.stages) & allowed:
                    ways[start].add(move.to)
    for rule in procedure.automatic:
        if rule.region == region.name:
            for start in rule.start or region.stages:
                ways[start].add(rule.to)
    return ways


def _follow(starts: set[str], ways: Ways) -> set[str]:
    reached, waiting = set(starts), list(starts)
    while waiting:
        for stage in ways.get(waiting.pop(), set()) - reached:
            reached.add(stage)
            waiting.append(stage)
    return reached
