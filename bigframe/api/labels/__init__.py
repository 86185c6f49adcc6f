"""Row labels: the lazy Index, and the kinds that pandas knows."""
