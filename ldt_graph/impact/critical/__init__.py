"""What each single outage costs, for all assets in one pass."""
