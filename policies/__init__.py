"""The department's rules as pure functions: no clock, no I/O, no framework. `now` is always a parameter."""
