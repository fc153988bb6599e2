"""The tests: they mirror chalicelib, and read as its specification."""
