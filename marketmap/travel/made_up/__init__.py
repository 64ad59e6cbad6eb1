"""Illustrative roads, made up from postcodes where there is no road file."""
