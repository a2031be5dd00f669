import "math"
import "pe"
private rule p { condition: uint16(0) == 0x5a4d and filesize < 1KB }
global rule g { condition: not p or pe.is_pe or math.max(1, filesize) > 3 }
rule v { condition: for any i in (0..filesize) : (uint8(i) \ 2 == 0x20 << 1) and "abc" matches /b/ and 1.5 < filesize }
rule w { condition: 2 of (p, g, v) and any of (filesize == 3, p) and defined uint32(90) }
