"""The table: domain values in and out; keys, conditions and items stay in here."""
