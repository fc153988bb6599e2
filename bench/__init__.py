"""Measurements of what the README and the design promise; they print figures and judge nothing."""
