"""The app's pages: widgets, one call, a map and a table."""
