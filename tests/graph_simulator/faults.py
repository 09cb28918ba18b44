"""What goes wrong on the simulated server, and when: every fault is ordered, by a test or by a seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Operation = Literal[
    "token", "folders", "folder", "make_folder", "list", "delta", "find", "create", "get", "patch", "delete", "value",
    "move", "send",
]  # fmt: skip
Kind = Literal[
    "status",  # answered instead of being done
    "status_after",  # done, and answered like this all the same
    "drop_before",  # the line is cut, and nothing was done
    "drop_after",  # done, and the line is cut
    "hang_after",  # done, and never answered
    "truncate",  # half of the answer comes, and the line is cut
    "page",  # a page of HTML instead of the answer, with 200
    "empty_page",  # a page of a list that is empty, with more to come
    "twice",  # a list that names everything twice
    "revoke",  # every token that was given so far is worth nothing from now on
]


@dataclass(frozen=True)
class Fault:
    """One fault: at the n-th request of an operation (counted from 1), or of all requests."""

    kind: Kind
    operation: Operation | None = None
    at: int = 1
    times: int = 1
    status: int = 503
    code: str = "ServiceUnavailable"
    headers: Mapping[str, str] = field(default_factory=dict)

    def is_due(self, operation: str, number: int, total: int) -> bool:
        """Say whether it strikes at this request."""
        counted = total if self.operation is None else number
        return self.operation in {None, operation} and self.at <= counted < self.at + self.times


Plan = Callable[[str, int, int], "Fault | None"]


def ordered(*faults: Fault) -> Plan:
    """Let these faults strike, each where it is due."""

    def plan(operation: str, number: int, total: int) -> Fault | None:
        return next((fault for fault in faults if fault.is_due(operation, number, total)), None)

    return plan


def by_chance(seed: int, share: float) -> Plan:
    """Let a share of all requests fail, in every way there is, the same ways for the same seed."""
    chance = Random(seed)  # noqa: S311 - a test that can be repeated
    busy = {"Retry-After": "20"}
    kinds = (
        Fault("drop_before"),
        Fault("drop_after"),
        Fault("truncate"),
        Fault("page"),
        Fault("status", status=500, code="InternalServerError"),
        Fault("status", status=502, code="BadGateway"),
        Fault("status", status=503, headers=busy),
        Fault("status", status=504, code="GatewayTimeout"),
        Fault("status", status=429, code="ApplicationThrottled", headers=busy),
        Fault("status_after", status=500, code="InternalServerError"),
        Fault("status_after", status=504, code="GatewayTimeout"),
        Fault("empty_page"),
        Fault("twice"),
        Fault("revoke"),
    )

    def plan(operation: str, _number: int, _total: int) -> Fault | None:
        if chance.random() >= share:
            return None
        fault = chance.choice(kinds)
        is_of_a_list = fault.kind in {"empty_page", "twice"}
        return None if is_of_a_list and operation not in {"list", "find", "delta"} else fault

    return plan
