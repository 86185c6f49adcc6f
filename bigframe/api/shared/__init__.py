"""Tables of methods that DataFrame and Series have in common."""
