"""Benchmarks of bigframe beside other engines; nothing here is installed with the package."""
