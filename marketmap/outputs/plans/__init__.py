"""What a plan folder holds: its tables, its first page, the prospectus, and what a full run adds."""
