"""pandas' surface: class bodies are the table of what is supported and how it runs."""
