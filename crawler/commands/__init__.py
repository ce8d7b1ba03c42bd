"""The commands, by subject. Each module lists its own in `COMMANDS`; `crawler/cli.py` finds them."""
