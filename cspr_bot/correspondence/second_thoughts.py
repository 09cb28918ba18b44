"""Words below an answer that limit it or take it back: one too many makes a person look, one too few closes a duty."""

import re

# A line below an answer that is the rest of its sentence, unless it is only how a mail ends.
_GOES_ON = re.compile(r"[ \t]*[a-z]")
_CLOSING = re.compile(
    r"[ \t]*(?:thanks|thank you|many thanks|with (?:thanks|kind|best)|kind|best|regards|cheers|diolch)\b"
)
# Words with which people take back what they wrote above. They count below every answer, reasons included.
_TAKES_BACK = re.compile(
    r"\bnot (?:yet |really |actually |quite |been )*"
    r"(?:done|involved|received|sent|true|correct|right|complete|finished)\b"
    r"|\b(?:is|was|are|were|has|have|had|do|did|does)n['’]t (?:yet |been |actually )*"
    r"(?:done|sent|involved|received|complete)"
    r"|\b(?:ignore|disregard|cancel) (?:this|that|the above|my|it)\b|\bwrong (?:button|case|mail|answer|one)\b"
    r"|\b(?:by|in) (?:mistake|error)\b|\bi (?:meant?|mean to say)\b|\bcorrection\b|\bunless\b|\bprovided that\b"
    r"|\bon condition\b|\b(?:will|shall|to) be (?:done|sent)\b|\bonly if\b|\bif the (?:panel|chair|group) agrees?\b",
    re.IGNORECASE,
)
# Words that may limit an answer or put it off. They count where nothing but the answer itself was asked for.
_LIMITS = re.compile(
    r"\b(?:no|not|cannot|never|none|nothing|neither|nor|but|except|excluding|apart from|only|wait|awaiting|instead"
    r"|rather|unless|if|until|till|before|yet|however|although|though|corrections?|corrected|wrong|wrongly|mistakes?"
    r"|mistaken|mistakenly|disregard|ignore|partly|partially|half|incomplete|unfinished|outstanding|pending|still"
    r"|actually|cancel|cancelled|withdraw|retract|undo|hold (?:off|on)"
    r"|(?:do|does|did|is|are|was|were|has|have|had|ca|wo|would|could|should)nt)\b"
    r"|n['’‘ʼ´`]t\b",
    re.IGNORECASE,
)
# How people close a mail. It says nothing about the answer, though it holds such words.
_COURTESY = re.compile(
    r"\b(?:do not|don['’]t) hesitate to (?:contact|call|ring|get in touch)\b"
    r"|\b(?:(?:let me know|get in touch|contact (?:me|us)|ring me|call me) )?"
    r"if (?:you (?:need|require|have)|there (?:is|are)) any(?:thing)?"
    r"(?: (?:else|more|further|other|questions?|queries|information|details?))*\b",
    re.IGNORECASE,
)


def goes_on(line: str) -> bool:
    """Say whether the line directly below an answer is the rest of its sentence."""
    return bool(_GOES_ON.match(line)) and not _CLOSING.match(line)


def takes_back(text: str) -> bool:
    """Say whether words below an answer take it back."""
    return bool(_TAKES_BACK.search(_squeezed(text)))


def limits(text: str) -> bool:
    """Say whether words below an answer may limit it or put it off."""
    return bool(_LIMITS.search(_COURTESY.sub(" ", _squeezed(text))))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
