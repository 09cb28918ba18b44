"""A drawing as SVG: for a file that a browser opens. Mails have the picture as PNG, for Outlook shows no SVG."""

from typing import assert_never
from xml.sax.saxutils import escape, quoteattr

from cspr_bot.letters.drawing import Area, Disc, Drawing, Line, Piece, Point, Words

FACE = "Arial, Helvetica, sans-serif"


def as_svg(drawing: Drawing) -> bytes:
    """Write a drawing as one SVG document that fetches nothing and says in words what it shows."""
    width, height = _number(drawing.width), _number(drawing.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="title words" font-family="{FACE}">'
    )
    told = (
        f'<title id="title">{escape(drawing.title)}</title>',
        f'<desc id="words">{escape(drawing.in_words)}</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    )
    lines = (head, *told, *map(_piece, drawing.pieces), "</svg>")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(lines) + "\n").encode()


def _piece(piece: Piece) -> str:
    match piece:
        case Line(start, end, colour, width, is_dashed):
            dash = ' stroke-dasharray="4 3"' if is_dashed else ""
            x1, y1, x2, y2 = map(_number, (*start, *end))
            return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke={quoteattr(colour)} stroke-width="{_number(width)}"{dash}/>'  # noqa: E501
        case Area(corners, colour):
            return f'<polygon points="{" ".join(map(_point, corners))}" fill={quoteattr(colour)}/>'
        case Disc((x, y), radius, colour):
            return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill={quoteattr(colour)}/>'
        case Words((x, y), text, size, colour, anchor, is_bold):
            weight = ' font-weight="bold"' if is_bold else ""
            place = f'x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}" text-anchor="{anchor}"'
            return f"<text {place} fill={quoteattr(colour)}{weight}>{escape(text)}</text>"
        case _:
            assert_never(piece)


def _point(point: Point) -> str:
    return ",".join(map(_number, point))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
