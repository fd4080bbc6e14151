"""Places: what an area takes out, the worst cells and corridors, feeds that lie together."""
