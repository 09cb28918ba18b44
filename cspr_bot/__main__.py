"""Lets `python -m cspr_bot` do what `cspr-bot` does."""

from cspr_bot.cli import main

raise SystemExit(main())
