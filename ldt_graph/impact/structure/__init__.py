"""What an outage walks through, made once for a version: joints that conduct, gates that hold, storages, homes."""
