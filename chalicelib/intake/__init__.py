"""Other people's documents: their text in, domain values out."""
