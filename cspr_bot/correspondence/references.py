"""The case reference: opaque, not sequential, safe to say on the telephone, and wrong ones are known at once.

`NS-7F3K-2Q`: a prefix, five characters by chance and one that checks them. There are 23 characters, a prime, so the
weighted sum finds every single wrong character and every two that changed places. None is like another to the eye
(no 0 O 1 I L; of 2 Z, 5 S, 6 G, 8 B, U V one each), and without vowels no reference can spell a word about a child.
"""

import re

ALPHABET = "23456789CDFHJKMNPQRTVWX"
LEAST_RANDOM_BYTES = 8

_BASE = len(ALPHABET)
_RANDOM_CHARACTERS = 5
_CHECK_WEIGHT = _RANDOM_CHARACTERS + 1
_SHAPE = re.compile(rf"([A-Z]{{1,8}})-([{ALPHABET}]{{4}})-([{ALPHABET}]{{2}})")
_IN_TEXT = re.compile(rf"(?<![A-Z0-9-]){_SHAPE.pattern}(?![A-Z0-9]|-[A-Z0-9])", re.IGNORECASE | re.ASCII)


def make_reference(prefix: str, randomness: bytes) -> str:
    """Make a reference of a prefix (one to eight letters) and at least 8 random bytes, given by the caller."""
    if len(randomness) < LEAST_RANDOM_BYTES:
        raise ValueError(f"a reference needs {LEAST_RANDOM_BYTES} random bytes")
    number = int.from_bytes(randomness, "big")
    characters = ""
    for _ in range(_RANDOM_CHARACTERS):
        number, place = divmod(number, _BASE)
        characters += ALPHABET[place]
    characters += _check_character(characters)
    reference = f"{prefix}-{characters[:4]}-{characters[4:]}"
    if not is_reference(reference):
        raise ValueError("the prefix of a reference is one to eight letters from A to Z")
    return reference


def is_reference(text: str) -> bool:
    """Say whether a text is a reference as we write it, its check character included."""
    found = _SHAPE.fullmatch(text)
    return bool(found) and _is_right(text)


def find_references(text: str) -> tuple[str, ...]:
    """Find every reference in a text, in either case, each once, in capitals, in the order in which they stand."""
    found = (match[0].upper() for match in _IN_TEXT.finditer(text))
    return tuple(dict.fromkeys(reference for reference in found if _is_right(reference)))


def _is_right(reference: str) -> bool:
    characters = "".join(reference.split("-")[1:])
    return _check_character(characters[:-1]) == characters[-1]


def _check_character(characters: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(characters, start=1))
    return ALPHABET[-total * pow(_CHECK_WEIGHT, -1, _BASE) % _BASE]
