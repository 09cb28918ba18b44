"""Forms that are laid out otherwise than printed, each saved by several programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.forms import layouts
from tests.forms.answers import Answers
from tests.forms.blank import Manner, paper
from tests.forms.children import CHILDREN
from tests.forms.other_files import html, odt
from tests.forms.paper import Block
from tests.forms.word_file import Saved, docx

_Lay = Callable[[Answers], tuple[Block, ...]]
_Change = Callable[[Answers], Answers]
# kind → how it is laid out, what changes in the answers for it, and how these then read.
_LAYOUTS: Mapping[str, tuple[_Lay, _Change | None, _Change | None]] = {
    "one big table": (layouts.one_big_table, None, None),
    "headings in the tables": (layouts.headings_in_tables, None, None),
    "no tables": (layouts.without_tables, None, None),
    "merged addresses": (layouts.merged_addresses, layouts.same_address, None),
    "a column less": (layouts.fewer_columns, layouts.without_ethnic, None),
    "rows in part": (lambda answers: paper(answers, Manner()), layouts.partial_rows, None),
    "summary below its box": (layouts.summary_below, None, None),
    "a table in the summary": (layouts.summary_with_table, layouts.chronology, layouts.as_read),
    "remarks beside ticks": (layouts.with_remarks, None, None),
    "harm described in a row": (layouts.described_below, None, None),
    "another order": (layouts.in_order_of_others, None, None),
}
_QUOTING = (
    "He said:\nName: I will not say\n6. Other information\nwas never asked for.\nDate of birth: 01/01/2020 was wrong.",
    "Criteria\nIs the child deceased? Not at the time.\nAbuse or neglect is known.\nFamily composition\nunclear.",
    "Summary\n1. Referrer was the school.\nCarer: the aunt. Agency: none.\nChild protection plan: Yes, until 2024.",
    "Referral form: APPENDIX 2 was not used.\nOther agencies\nwere told late.\nProcess: none. Status: none.",
)
_SAVERS: Mapping[str, Callable[[Sequence[Block]], bytes]] = {
    "word": lambda blocks: docx(blocks, Saved("glyph")),
    "controls": docx,
    "odt": odt,
    "Outlook": lambda blocks: html(blocks, "outlook").encode(),
    "Gmail": lambda blocks: html(blocks, "gmail").encode(),
}
_ADDRESS = "2 Sycamore Road\nWexcombe\nZZ99 1CD"


def laid_out() -> Iterator[tuple[str, str, bytes, Answers]]:
    """Give (kind, name, file, what must be read)."""
    yield from _layouts()
    for number, summary in enumerate(_QUOTING):
        for step, (name, save) in enumerate(_SAVERS.items()):
            answers = CHILDREN[(number + step) % len(CHILDREN)].but(summary=summary)
            yield "summary quotes labels", f"{number} {name}", save(paper(answers, Manner())), answers
            below = save(layouts.summary_below(answers))
            yield "summary quotes labels, below its box", f"{number} {name}", below, answers
    for step, (name, save) in enumerate(_SAVERS.items()):
        answers = CHILDREN[step].but(address=_ADDRESS)
        yield "address in lines", name, save(paper(answers, Manner())), answers


def _layouts() -> Iterator[tuple[str, str, bytes, Answers]]:
    for number, (kind, (lay, change, read)) in enumerate(_LAYOUTS.items()):
        for step, (name, save) in enumerate(_SAVERS.items()):
            base = CHILDREN[(3 * number + step) % len(CHILDREN)]
            written = change(base) if change else base
            yield f"layout: {kind}", name, save(lay(written)), read(written) if read else written
