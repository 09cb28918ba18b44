"""The bounded, long-lived child in which a stranger's mail is read: what crashes there is a held mail and no more."""
