"""The moment a plan runs: results, several at once, and what is shown of them."""
