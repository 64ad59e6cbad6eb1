"""Downloads roads, once and only when asked: the only code that uses the network."""
