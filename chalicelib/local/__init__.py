"""The laptop: an emulator, an HTTP server and a pump that stand in for AWS around the same code."""
