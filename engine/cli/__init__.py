"""Everything the page can do, without a browser: `python -m engine <command>`.

One module a group of commands, all of one shape: `add(commands)` declares arguments, and each
command is a function `(arguments, output) -> exit status`. Modules import what is slow (pandas,
torch) inside the command that needs it, so that `--help` and `runs` answer at once. Knows nothing
that the engine does not: a command only reads arguments, calls the engine and prints.
"""
