"""What AWS calls: plain functions, named for what has happened."""
