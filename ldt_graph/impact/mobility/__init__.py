"""Ways through a road network: how long, by what detour, and what is cut off."""
