module exprobe

go 1.26
