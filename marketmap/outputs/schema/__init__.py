"""What every output table is made of: its columns, each with a meaning and a unit, and the dictionary of them all."""
