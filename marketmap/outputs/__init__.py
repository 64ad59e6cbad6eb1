"""What a run leaves behind: tables, zones, maps and the record of the run, in one folder."""
