package clixml

import _ "embed" // the script

//go:embed export.ps1
var script string

// Script is a PowerShell script that makes a folder for [Read]: it runs the cmdlets that
// are read here, each for the properties that are, and nothing that changes anything.
func Script() string { return script }
