"""Jobs over documents, composed from plan nodes."""
