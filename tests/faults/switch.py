"""Switches faults on in the workers of a cluster, those that its nannies start later included."""

from __future__ import annotations

from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

from engine.exec import faults


class Switch(WorkerPlugin):
    """Faults of every worker, from `distributed.Client.register_plugin` until it is unregistered."""

    name = "bigframe-faults"

    def __init__(self, text: str) -> None:
        self.text = text

    def setup(self, worker: Any) -> None:
        """Begin."""
        faults.switch_on(faults.Faults.parse(self.text))

    def teardown(self, worker: Any) -> None:
        """End."""
        faults.switch_on(None)
