rule a { strings: $a = "abc" $b = { 4d 5a [0-9] 68 } $c = /w[a-z]+d/i condition: any of them and #a > 2 and $b at 0 }
rule b { strings: $a = "abc" wide ascii nocase fullword condition: for all i in (1..#a) : (@a[i] > 3 and !a[i] == 3) or a }
