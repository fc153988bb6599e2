"""The management API, called as API Gateway calls it, on a real table."""
