"""One typical call for each of the names that at least three of five scalable peers share with pandas."""
