"""Benchmarks (`make bench`): ratios within one run, on loopback, printed and written into docs/benchmarks.md. See __main__.py."""
