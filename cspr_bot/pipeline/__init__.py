"""The four stations that a mail goes down: intake, registration, progression, dispatch."""
