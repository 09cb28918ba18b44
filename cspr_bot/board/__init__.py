"""The case board: what the program keeps, for a browser on the same machine. It shows, and asks before it does."""
