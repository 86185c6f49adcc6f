"""Planning: an optimised plan becomes stages of tasks with exchanges between them."""
