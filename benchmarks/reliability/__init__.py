"""What a crawl survives, counted: `python -m benchmarks.reliability kills | faults | inputs`. See docs/reliability.md."""
