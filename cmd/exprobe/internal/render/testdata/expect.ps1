# written by exprobe 1.0.0, as of 2026-11-22T09:00:00Z
# nothing to run
# no change is needed
