"""Documents out: letters and chronologies as Word files, timelines as pictures. Nothing here decides anything."""
