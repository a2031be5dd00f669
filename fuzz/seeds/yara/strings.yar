0
private global rule a : t { meta: x = 1 y = "z\x41" w = -2 v = true u = """a
b""" strings: $a = "abc" wide ascii nocase fullword private $b = "d" xor(1-0x20) $c = "ef" base64 base64wide
$d = { 41 ?? 4? [2-4] ( 42 | 43 44 ) ~45 /* c */ } $e = /a+[b-d]{1,3}(e|f)?\d\x41$/is $ = "g" $_u = "h"
condition: 2 of ($a, $b*, $c) and any of them in (0..filesize) or none of ($d) at 10 and for all of ($*) : ( $ at 0 or # > 1 and @ < ![1] ) }
