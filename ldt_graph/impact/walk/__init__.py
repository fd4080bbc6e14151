"""One outage: what goes out when, what is short, what is degraded."""
