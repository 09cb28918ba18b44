"""The board as a web application: its addresses, who may open them, and what becomes of a page function's answer."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any, assert_never
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cspr_bot.board import changing, deciding, pages
from cspr_bot.board.answers import Answer, Drawing, Page, Redirect, View, Visit
from cspr_bot.board.desk import Desk, Door
from cspr_bot.board.guard import Guard
from cspr_bot.board.rendering import Renderer
from cspr_bot.board.sessions import Session, Sessions
from cspr_bot.board.sign_in import Asked, GoTo, Show, SignIn
from cspr_bot.board.values import Visitor
from cspr_bot.pipeline.ports import Clock, PermanentFailure, TemporaryFailure

COOKIE = "cspr-board"
LARGEST_FORM = 64 * 1024  # bytes
MOST_FIELDS = 100
Serve = Callable[[Request, Mapping[str, str]], Response]
SEE_OTHER = HTTPStatus.SEE_OTHER

# Address, method, page. Every one of them asks for a session, and for the session's token where a form is sent.
VIEWS: tuple[tuple[str, str, View], ...] = (
    ("/", "GET", pages.cases),
    ("/closed", "GET", pages.closed_cases),
    ("/cases/{reference}", "GET", pages.case),
    ("/cases/{reference}/referral", "GET", pages.form),
    ("/cases/{reference}/timeline.svg", "GET", pages.timeline),
    ("/cases/{reference}/timeline-narrow.svg", "GET", pages.narrow_timeline),
    ("/held", "GET", deciding.held),
    ("/held/{mail}", "GET", deciding.held_mail),
    ("/held/{mail}/confirm", "POST", deciding.confirm),
    ("/held/{mail}/release", "POST", deciding.release),
    ("/due", "GET", pages.due),
    ("/contacts", "GET", changing.contacts),
    ("/contacts/withdraw", "POST", changing.withdraw),
    ("/contacts/{number}", "GET", changing.contact),
    ("/contacts/{number}/check", "POST", changing.check),
    ("/contacts/{number}/propose", "POST", changing.propose),
    ("/health", "GET", pages.health),
    ("/health/log", "GET", pages.health_with_log),
)


class TooLargeError(Exception):
    """What was sent is larger, or has more fields, than any form of ours."""


@dataclass(frozen=True, slots=True)
class Board:
    """The parts of the board. One request at a time is worked on: what is behind the desk is made for one at a time."""

    desk: Desk
    door: Door
    sign_in: SignIn
    sessions: Sessions
    machine: Clock
    renderer: Renderer = field(default_factory=Renderer)
    turn: Lock = field(default_factory=Lock)

    def application(self, names: frozenset[str]) -> Guard:
        """Give the application. `names` are those by which a browser on this machine may call it."""
        folder = Path(__file__).parent / "static"
        routes = [
            *(Route(path, self._behind_door(view, method), methods=[method]) for path, method, view in VIEWS),
            Route("/sign-in", self._endpoint(self._start), methods=["GET"]),
            Route("/sign-in/finish", self._endpoint(self._finish), methods=["GET", "POST"]),
            Route("/sign-out", self._endpoint(self._sign_out), methods=["POST"]),
            Mount("/static", StaticFiles(directory=folder)),
        ]
        missing = self._endpoint(self._missing)
        handlers: dict[Any, Callable[..., Awaitable[Response]]] = {404: missing, 405: missing, Exception: self._broken}
        return Guard(Starlette(routes=routes, exception_handlers=handlers), names)

    # -----------------------------------------------------------------------------------------------------------------
    # In and out

    def _start(self, request: Request, fields: Mapping[str, str]) -> Response:
        return self._let_in(self.sign_in.start(Asked(fields, self.machine.now())), request)

    def _finish(self, request: Request, fields: Mapping[str, str]) -> Response:
        asked = Asked(fields, self.machine.now(), is_sent=request.method == "POST")
        return self._let_in(self.sign_in.finish(asked), request)

    def _let_in(self, answer: Visitor | Show | GoTo, request: Request) -> Response:
        match answer:
            case Visitor():
                self.sessions.end(request.cookies.get(COOKIE, ""))
                self.door.note("signed_in", answer)
                response = RedirectResponse("/", SEE_OTHER)
                cookie = self.sessions.begin(answer, self.machine.now())
                response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
                return response
            case Show(template, facts, status):
                return HTMLResponse(self.renderer.plain(template, facts), status)
            case GoTo(address):
                return RedirectResponse(address, SEE_OTHER)
            case _:
                assert_never(answer)

    def _sign_out(self, request: Request, fields: Mapping[str, str]) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        session = self.sessions.of(cookie, self.machine.now())
        if session is None or not session.accepts(fields.get("csrf", "")):
            return self._turned_away(request)
        self.sessions.end(cookie)
        self.door.note("signed_out", session.visitor)
        response = HTMLResponse(self.renderer.plain("signed_out.html", {}))
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    # -----------------------------------------------------------------------------------------------------------------
    # Pages

    def _behind_door(self, view: View, method: str) -> Callable[..., Awaitable[Response]]:
        """Give what serves a page to who is signed in, and to nobody else."""

        def serve(request: Request, fields: Mapping[str, str]) -> Response:
            cookie = request.cookies.get(COOKIE, "")
            session = self.sessions.of(cookie, self.machine.now())
            if session is None or (method == "POST" and not session.accepts(fields.get("csrf", ""))):
                return self._turned_away(request)
            answer = self._answer(view, Visit(self.desk, session.visitor, request.path_params, fields))
            return self._response(answer, session, cookie, request.url.path)

        return self._endpoint(serve)

    def _answer(self, view: View, visit: Visit) -> Answer:
        """Let a page function answer; where the world fails, say so on a page."""
        try:
            return view(visit)
        except TemporaryFailure as failure:
            return Page("failed.html", {"why": str(failure), "is_passing": True}, HTTPStatus.SERVICE_UNAVAILABLE)
        except PermanentFailure as failure:
            return Page("failed.html", {"why": str(failure), "is_passing": False}, HTTPStatus.CONFLICT)

    def _response(self, answer: Answer, session: Session, cookie: str, path: str) -> Response:
        match answer:
            case Page(template, facts, status):
                return HTMLResponse(self._page(template, facts, session, cookie, path), status)
            case Redirect(address, said):
                self.sessions.say(cookie, said)
                return RedirectResponse(address, SEE_OTHER)
            case Drawing(content):
                return Response(content, media_type="image/svg+xml")
            case _:
                assert_never(answer)

    def _page(self, template: str, facts: Mapping[str, object], session: Session, cookie: str, path: str) -> str:
        frame = None
        with suppress(TemporaryFailure, PermanentFailure):  # the page that says so has to stand without it
            frame = self.desk.frame()
        around = {"frame": frame, "session": session, "said": self.sessions.told(cookie), "path": path}
        return self.renderer.page(template, {**facts, **around})

    def _turned_away(self, request: Request) -> Response:
        """Ask who is not signed in to do so. Nothing is told of what is, or is not, at the address."""
        had_session = COOKIE in request.cookies
        page = self.renderer.plain("sign_in.html", {"code": "", "problem": "over" if had_session else "out"})
        return HTMLResponse(page, HTTPStatus.UNAUTHORIZED)

    def _missing(self, request: Request, _fields: Mapping[str, str]) -> Response:
        """Say that there is nothing at an address, to who is signed in; to others, nothing."""
        cookie = request.cookies.get(COOKIE, "")
        session = self.sessions.of(cookie, self.machine.now())
        if session is None:
            return self._turned_away(request)
        facts = {"what": "There is no page at this address."}
        return HTMLResponse(self._page("missing.html", facts, session, cookie, request.url.path), HTTPStatus.NOT_FOUND)

    # -----------------------------------------------------------------------------------------------------------------

    async def _broken(self, _request: Request, _error: Exception) -> Response:
        """Show nothing of a bug; it is raised again behind this, and stands in the log."""
        return HTMLResponse(self.renderer.plain("broken.html", {}), HTTPStatus.INTERNAL_SERVER_ERROR)

    def _endpoint(self, serve: Serve) -> Callable[..., Awaitable[Response]]:
        """Give what reads a request whole and has it served in a thread, for everything behind the pages waits."""

        def in_turn(request: Request, fields: Mapping[str, str]) -> Response:
            with self.turn:
                return serve(request, fields)

        async def endpoint(request: Request, _error: Exception | None = None) -> Response:
            try:
                fields = await _fields_of(request)
            except TooLargeError:
                return Response("What was sent is too large.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return await run_in_threadpool(in_turn, request, fields)

        return endpoint


async def _fields_of(request: Request) -> Mapping[str, str]:
    """Read the fields of a form, or of the address; the last of a name counts."""
    if request.method != "POST":
        text = request.url.query
    else:
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > LARGEST_FORM:
                raise TooLargeError
        text = content.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise TooLargeError from error
