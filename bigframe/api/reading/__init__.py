"""Where tables come from: files, databases, and what pandas reads."""
