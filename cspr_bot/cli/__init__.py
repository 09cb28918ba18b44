"""The commands: each a few lines over the parts below. Nothing heavy is loaded before a command is known."""

import errno
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from cspr_bot.cli.parser import build_parser

DONE, NO, USAGE, TRY_LATER, INTERRUPTED = 0, 1, 2, 75, 130
PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit status (interfaces, section 3)."""
    return carry_out(build_parser().parse_args(arguments))


def carry_out(options: Namespace) -> int:
    """Run what was asked for; whatever a person can type ends in a line and a status, never in a traceback."""
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever was reading us has read enough; nothing more is flushed into a closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("interrupted; what was done is kept", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        failed = _status_of(error)
        if failed is None:
            raise
        for line in _lines_of(error):
            print(line, file=sys.stderr)
        return failed
    return status


def _status_of(error: Exception) -> int | None:
    """Tell what is wrong with the input or the world from a bug, which has no exit status of its own."""
    from cspr_bot.cli.failures import SaidNoError, UsageError  # noqa: PLC0415 - only a command that failed needs these
    from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure  # noqa: PLC0415
    from cspr_bot.procedure.calendar import OutsideTableError  # noqa: PLC0415

    match error:
        case UsageError():
            return USAGE
        case TemporaryFailure():
            return TRY_LATER
        case PermanentFailure() | SaidNoError() | OutsideTableError():
            return NO
        case OSError(errno=number):
            return TRY_LATER if number in PASSING else NO
        case _:
            is_unready = "NotReadyError" in {kind.__name__ for kind in type(error).__mro__}
            return NO if is_unready else None


def _lines_of(error: Exception) -> list[str]:
    """Say it in one line for each thing that is wrong, without a sign that could move a terminal's cursor."""
    text = f"{error.filename or 'file'}: {error.strerror}" if isinstance(error, OSError) else str(error)
    return ["".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines()]
