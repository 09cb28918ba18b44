"""Mail: the mailbox transports, and the bytes of a mail as a value."""
