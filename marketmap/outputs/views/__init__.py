"""What the pages of the app show, worked out from tables and told as text, without any widget."""
