"""What stands behind the case board: its desk and its door over an office, and how it is served."""
