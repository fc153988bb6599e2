"""The deployable in an emulated account that enforces every right: made, used and unmade."""
