"""Plans shaped by hand: saved, edited, compared, written out, and packed for one provider."""
