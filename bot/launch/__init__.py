"""Set-up and process launcher. Runs on the system's python3 (3.8 or later) with nothing installed: standard library only."""
