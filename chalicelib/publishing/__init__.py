"""From a snapshot to files, and from files to where readers are."""
