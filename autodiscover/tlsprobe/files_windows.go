package tlsprobe

// openFiles is how many connections Windows allows, which has no limit that
// matters.
func openFiles() int { return maxConcurrency }
