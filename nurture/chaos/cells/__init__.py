"""The cells, one module for each letter or two of the matrix."""
