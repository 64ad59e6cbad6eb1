"""How an output folder is written, read back, recorded, repeated and deleted; tables and layers to take away."""
