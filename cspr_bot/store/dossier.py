"""The program's own dossier in the store: what it writes of itself lies in the outbox under it."""

from collections.abc import Sequence
from datetime import datetime

from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.kept import NewCase, WrittenMail
from cspr_bot.store.cases import case_key, open_case
from cspr_bot.store.database import Transaction
from cspr_bot.store.outbox import put_mail


def put_in_dossier(tx: Transaction, mails: Sequence[WrittenMail], at: datetime) -> None:
    """Put what the program writes of itself in the outbox, under the dossier of its own."""
    open_case(tx, NewCase(DIGEST, at, provisional=True), None, at, "clock")
    key = case_key(tx, DIGEST)
    for mail in mails:
        put_mail(tx, key, DIGEST, mail, at)
