"""Models over columns: adapters that turn texts into vectors."""
