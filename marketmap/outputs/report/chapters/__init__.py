"""The chapters of reports: one file a measure, each function from a survey to a chapter."""
