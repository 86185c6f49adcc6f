"""Reading and writing tables; knows files and formats, nothing of plans."""
