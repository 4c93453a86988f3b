package app

import (
	"fmt"
	"strings"

	"exprobe/cmd/exprobe/internal/render"
	"exprobe/rules"
	"exprobe/rules/own"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [RULE|rights|own-rules]",
		Short: "the rules, offline",
		Long: `explain lists the rules, or prints one: what it means, how to mend it, where the facts come from, and examples.
explain rights prints the rights that the account needs, at the least; explain own-rules how an organization writes
rules of its own, and what they may look at.`,
		Args: atMost(1),
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return append(ruleIDs(), "rights", "own-rules"), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			for _, rule := range rules.Known() {
				fmt.Fprintf(a.env.Stdout, "%-30s %-8s %s\n", rule.ID, rule.Severity, rule.Title)
			}
			return nil
		}
		if args[0] == "rights" {
			fmt.Fprint(a.env.Stdout, rules.Rights())
			return nil
		}
		if args[0] == "own-rules" {
			fmt.Fprint(a.env.Stdout, own.Explain())
			return nil
		}
		rule, ok := rules.Find(args[0])
		if !ok {
			return withHint(fmt.Errorf("rule %q is not known", args[0]), suggest(args[0], append(ruleIDs(), "rights", "own-rules"), "exprobe explain lists the rules"))
		}
		fmt.Fprint(a.env.Stdout, rule.Explain())
		return nil
	}
	return cmd
}

// schemas are the JSON forms that have one, the default first.
var schemas = []struct {
	name string
	of   func() []byte
}{{"report", render.Schema}, {"delta", render.DeltaSchema}, {"renewal", render.RenewalSchema}}

func (a *app) schemaCommand() *cobra.Command {
	names := func() (list []string) {
		for _, s := range schemas {
			list = append(list, s.name)
		}
		return list
	}
	cmd := &cobra.Command{
		Use:   "schema [NAME]",
		Short: "the JSON Schema of the JSON report, or of another JSON form",
		Long:  "schema prints the JSON Schema of the JSON report, or of another JSON form: " + strings.Join(names(), ", ") + ".",
		Args:  atMost(1),
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		name := schemas[0].name
		if len(args) > 0 {
			name = args[0]
		}
		for _, s := range schemas {
			if s.name == name {
				_, err := a.env.Stdout.Write(s.of())
				return err
			}
		}
		return withHint(fmt.Errorf("schema %q is not known", name), suggest(name, names(), "name one of "+strings.Join(names(), ", ")))
	}
	return cmd
}

func ruleIDs() []string {
	var ids []string
	for _, rule := range rules.Known() {
		ids = append(ids, rule.ID)
	}
	return ids
}
