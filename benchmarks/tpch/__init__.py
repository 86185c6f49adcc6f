"""TPC-H as pandas code: the tables, the 22 queries, and the answers to hold them against."""
