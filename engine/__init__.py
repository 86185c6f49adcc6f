"""How a bigframe plan is computed: optimizer, planner, executors, kernels and storage."""
