"""bigframe against pandas itself, over several partitionings and on both executors."""
