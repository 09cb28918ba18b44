"""The one place where parts are chosen and joined, and the only clock and the only chance in the house."""
