"""Configuration: an administrator's TOML files as values, or all that is wrong with them at once."""

from cspr_bot.config.form_file import form_rules_of
from cspr_bot.config.home import FILES, Home, read_home, read_home_settings, read_other_procedure
from cspr_bot.config.problems import Problem
from cspr_bot.config.procedure_versions import ProcedureVersion, in_force, read_kept_procedure
from cspr_bot.config.secret import secret
from cspr_bot.config.settings import Settings

__all__ = [
    "FILES",
    "Home",
    "Problem",
    "ProcedureVersion",
    "Settings",
    "form_rules_of",
    "in_force",
    "read_home",
    "read_home_settings",
    "read_kept_procedure",
    "read_other_procedure",
    "secret",
]
