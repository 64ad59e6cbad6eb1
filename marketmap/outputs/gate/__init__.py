"""The gate to ``public/``: nothing that rests on few people passes it."""
