"""``python -m tests.pandas_suite``: runs pandas' own tests against bigframe and writes the page of scores."""
