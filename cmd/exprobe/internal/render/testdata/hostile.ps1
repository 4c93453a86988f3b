# written by exprobe 1.0.0, as of 2026-11-22T09:00:00Z
# nothing to run
# the script is left out: it holds U+202E, and only printable ASCII is safe to run
