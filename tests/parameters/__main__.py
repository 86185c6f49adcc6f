"""``python -m tests.parameters``: try all parameters, write the shares for the coverage page, list what is refused."""

from __future__ import annotations

import json
import logging

from bigframe.coverage import PARAMETERS
from tests.parameters.trying import quietly, share
from tests.parameters.values import OWNERS


def main() -> None:
    logging.disable(logging.WARNING)
    shares = {}
    for context in OWNERS:
        found = quietly(context)
        shares[context] = dict(zip(("tried", "honoured", "native"), share(found), strict=True))
        for trial in found:
            if trial.outcome in ("refused", "other"):
                print(f"{trial.outcome:8} {trial.code}\n             {' '.join(trial.said.split())[:160]}")
        print(context, len(found), shares[context])
        print("untried:", *(trial.name.partition(".")[2] for trial in found if trial.outcome == "untried"))
    PARAMETERS.write_text(json.dumps(shares, indent=1) + "\n")


main()
