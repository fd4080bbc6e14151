"""Answers as people and machines read them: sums, people once, hits, sentences."""
