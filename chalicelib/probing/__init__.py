"""Probes at work: connections to foreign hosts, which nothing else of ours makes."""
