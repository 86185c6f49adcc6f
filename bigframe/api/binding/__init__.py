"""How a name of pandas is bound, and what happens where bigframe cannot run it itself."""
