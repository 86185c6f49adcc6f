"""What holds for every test: the optimizer checks its own work after each step."""

import os

from engine.optimizer.pipeline import CHECK

os.environ[CHECK] = "1"
