"""Reports: chapters of sentences, figures, tables, charts and maps, and the page and folder they are written to."""
