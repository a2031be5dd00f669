1
import "math" import "pe" import "hash"
rule r1 { condition: uint16be(0) == 0x4D5A and filesize < 1MB and not defined pe.entry_point }
rule r2 { condition: for any i in (1..3) : ( for all j in (1, i) : ( i + j * 2 \ 1 % 3 == ~1 & 2 | 3 ^ 4 << 1 >> 2 ) ) }
rule r3 { condition: for any s in pe.sections : ( s.name matches /^\.t/i ) or for any k, v in pe.version_info : ( k iequals "a" and v icontains v ) }
rule r4 { condition: 50% of (r*) or any of (r1, r2) or with x = math.entropy(0, filesize) : ( x > 7.5 ) }
rule r5 { condition: ext_s startswith "a" and hash.md5(0, 10) == "x" and pe.exports(/a/) and float32(0) > 1.0 }
include "x" // y
/* z */
