"""The launcher, tried as a person would: as a command, on a small checkout of its own (see checkout/)."""
