"""The app's workspace: which counties and uploads there are, and whether results still hold."""
