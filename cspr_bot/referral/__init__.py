"""The referral form: its values, how they are read from labelled text and tables, what is missing, what is doubtful."""
