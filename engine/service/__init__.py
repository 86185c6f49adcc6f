"""The service: plans handed in over HTTP, kept in a job store, run by driver processes on a private cluster."""
