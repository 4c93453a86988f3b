package own

import (
	"time"

	"exprobe/autodiscover/facts"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// The types of fields beside the plain ones. What is optional is null where the fact
// is known to be absent.
var (
	texts          = cel.ListType(cel.StringType)
	optionalText   = cel.NullableType(cel.StringType)
	optionalNumber = cel.NullableType(cel.IntType)
	optionalTruth  = cel.NullableType(cel.BoolType)
)

// blind is a fact that was not seen. Whoever looks at it learns why.
func blind(why string) ref.Val {
	if why == "" {
		why = "it was not asked for"
	}
	return types.NewErrFromString(why)
}

func text(s string) ref.Val       { return types.String(s) }
func number(n int) ref.Val        { return types.Int(n) }
func truth(b bool) ref.Val        { return types.Bool(b) }
func instant(t time.Time) ref.Val { return types.Timestamp{Time: t.UTC()} }

func list(values []string) ref.Val { return types.NewStringList(types.DefaultTypeAdapter, values) }

// recorded is a text that is never empty where it was seen.
func recorded(s string) ref.Val {
	if s == "" {
		return blind("it was not recorded")
	}
	return text(s)
}

// orNull is a text that is empty where there is none.
func orNull(s string) ref.Val {
	if s == "" {
		return types.NullValue
	}
	return text(s)
}

func optional[T any](o facts.Optional[T], value func(T) ref.Val) ref.Val {
	if !o.Present {
		return types.NullValue
	}
	return value(o.Value)
}

// observed is a fact where it is known, and blind otherwise.
func observed[T any](o facts.Observed[T], value func(T) ref.Val) ref.Val {
	if !o.Known {
		return blind(o.Why)
	}
	return value(o.Value)
}

func observedText(o facts.Observed[facts.Text]) ref.Val {
	return observed(o, func(t facts.Text) ref.Val { return optional(t, text) })
}

func observedNumber(o facts.Observed[facts.Number]) ref.Val {
	return observed(o, func(n facts.Number) ref.Val { return optional(n, number) })
}
