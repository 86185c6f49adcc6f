"""Where bytes live: one face for disks, S3 and every other file system that fsspec knows."""
