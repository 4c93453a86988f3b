# written by exprobe dev, as of 2026-11-22T09:00:00Z
# nothing to run
# the new certificate expired on 2025-12-01, and the switch is judged as of 2026-11-22
# There is no plan: the certificate should not be installed as it is.
