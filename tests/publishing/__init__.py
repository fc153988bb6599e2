"""Publishing: a snapshot becomes files."""
