"""What a mail is, who wrote it and which answer it gives: pure functions over parsed headers and text."""
