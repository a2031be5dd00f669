import "math" rule t { strings: $a = "abc" $b = "bcd" $c1 = "ce" $c2 = { 31 3? } condition: ((0 or 5) == 1) and (any of them or true) }
