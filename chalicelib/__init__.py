"""Candor: what an organisation knows about the health of what it runs, published."""
