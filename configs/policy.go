package configs

import "exprobe/rules"

// Policy is what the configuration decides about the judging.
func (c *Config) Policy() rules.Policy { return rules.Policy{FailOn: c.FailOn} }
