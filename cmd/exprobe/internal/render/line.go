package render

// Line makes a text fit for one line of a terminal: what could move the cursor,
// change its direction or hide is written as its code point.
func Line(text string) string { return escape(text) }
