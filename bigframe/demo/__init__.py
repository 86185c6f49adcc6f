"""The main job on a corpus of this machine's own packages: ``bigframe demo``."""
