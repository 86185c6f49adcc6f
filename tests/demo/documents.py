"""Documents of which it is known what becomes of them."""

import numpy as np

SENTENCE = "the quick brown fox jumps over a lazy dog while seven wizards brew strange potions in quiet old towers"


def prose(seed: int, length: int = 60) -> str:
    """Words in an order of their own, so that no two seeds are near-duplicates."""
    return " ".join(np.random.default_rng(seed).permutation(SENTENCE.split() * 5)[:length])


FOLDER = {
    "pack/README.md": "# Pack\n" + prose(1),
    "pack/a.py": '"""Bake bread in an oven."""\n' + prose(2) + "\n# mail ada.l@example.org or bob@example.com",
    "pack/b.py": '"""Sail a boat on a lake."""\n' + "\n".join(prose(3).split()),
    "pack/b_copy.py": '"""Sail a boat on a lake."""\n' + "\n".join([*prose(3).split(), "x"]),
    "pack/b_again.py": '"""Sail a boat on a lake."""\n' + "\n".join(prose(3).split()),
    "pack/short.py": "x = 1",
    "pack/table.py": "data = [\n" + "1, 2, 3,\n" * 100 + "]",
    "pack/wide.py": "value = '" + prose(4, 80) + "'",
    "pack/made.py": "# This file was generated from a grammar.\n" + "\n".join(prose(5).split()),
    "pack/LICENSE": "Permission is hereby granted. " + prose(6),
    "other/notes.txt": prose(7, 80),
}
