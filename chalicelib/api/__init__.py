"""The management API: what people and their programs call (design: "The management API")."""
