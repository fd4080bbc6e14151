"""A city that is another: named changes, their difference, the cheapest that keep what is to be kept."""
