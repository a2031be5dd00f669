/* ELF programs whose headers no linker writes. Offsets: System V gABI, chapter 4 (header) and
 * chapter 5 (program header); UPX's own headers as its packed files show them (observed). */

rule Candor_Obfuscation_Elf_Upx_Damaged64
{
    meta:
        class = "obfuscation"
        description = "64-bit program packed by UPX whose marks were overwritten, so that UPX cannot unpack it"
        benign = "UPX writes its mark and needs it; a packed program as it comes is not matched"
        author = "Candor"
        date = "2026-11-24"
        sample = "852adb954b2450421c3cd0e159c70a919131f794897c149116f804e94e7f32bb"
    condition:
        // no sections, two or three segments, then l_info: checksum, mark, size, version, format; then
        // p_info: id, size of the original twice
        uint32(0) == 0x464c457f and uint8(4) == 2 and uint8(5) == 1 and uint16(60) == 0 and
        uint16(56) >= 2 and uint16(56) <= 4 and uint16(54) == 56 and uint32(32) == 64 and
        uint32(64 + uint16(56) * 56 + 4) != 0x21585055 and
        (uint8(64 + uint16(56) * 56 + 11) == 22 or uint8(64 + uint16(56) * 56 + 11) == 42) and
        uint8(64 + uint16(56) * 56 + 10) >= 11 and uint8(64 + uint16(56) * 56 + 10) <= 14 and
        uint32(64 + uint16(56) * 56 + 16) == uint32(64 + uint16(56) * 56 + 20) and
        uint32(64 + uint16(56) * 56 + 16) > filesize
}

rule Candor_Obfuscation_Elf_Upx_Damaged32
{
    meta:
        class = "obfuscation"
        description = "32-bit program packed by UPX whose marks were overwritten, so that UPX cannot unpack it"
        benign = "UPX writes its mark and needs it; a packed program as it comes is not matched"
        author = "Candor"
        date = "2026-11-24"
        sample = "1276f0ec33e9e6daf06e533fda271984bd232e73f34adf6649bfd1ffce0ca8c5"
    condition:
        uint32(0) == 0x464c457f and uint8(4) == 1 and uint8(5) == 1 and uint16(48) == 0 and
        uint16(44) >= 2 and uint16(44) <= 4 and uint16(42) == 32 and uint32(28) == 52 and
        uint32(52 + uint16(44) * 32 + 4) != 0x21585055 and
        (uint8(52 + uint16(44) * 32 + 11) == 12 or uint8(52 + uint16(44) * 32 + 11) == 23 or
         uint8(52 + uint16(44) * 32 + 11) == 30) and
        uint8(52 + uint16(44) * 32 + 10) >= 11 and uint8(52 + uint16(44) * 32 + 10) <= 14 and
        uint32(52 + uint16(44) * 32 + 16) == uint32(52 + uint16(44) * 32 + 20) and
        uint32(52 + uint16(44) * 32 + 16) > filesize
}

rule Candor_Trojan_Elf_Tiny64
{
    meta:
        class = "trojan"
        description = "64-bit program of under 4 KiB with one segment that is readable, writable and executable, and no sections"
        benign = "linkers keep code and data apart; payload generators write this shape"
        author = "Candor"
        date = "2026-11-24"
        sample = "fe1d32caa4d21a82f9b7ae307f69c0761e1b39016a9403d41dcb10125efa44c9"
    condition:
        filesize < 4KB and filesize > 120 and uint32(0) == 0x464c457f and uint8(4) == 2 and uint8(5) == 1 and
        uint16(56) == 1 and uint16(60) == 0 and uint32(32) == 64 and uint32(64) == 1 and uint32(68) == 7
}

rule Candor_Trojan_Elf_Tiny32
{
    meta:
        class = "trojan"
        description = "32-bit program of under 4 KiB with one segment that is readable, writable and executable, and no sections"
        benign = "linkers keep code and data apart; payload generators write this shape"
        author = "Candor"
        date = "2026-11-24"
        sample = "df622db956eb71e053ffabdd8161207c17b1e5c225b52addf8b8935f2d337459"
    condition:
        filesize < 4KB and filesize > 84 and uint32(0) == 0x464c457f and uint8(4) == 1 and uint8(5) == 1 and
        uint16(44) == 1 and uint16(48) == 0 and uint32(28) == 52 and uint32(52) == 1 and uint32(76) == 7
}

rule Candor_Obfuscation_Elf_Bad_Ident
{
    meta:
        class = "obfuscation"
        description = "x86-64 program whose class or byte order mark is nonsense: the kernel starts it, tools refuse it"
        benign = "linkers write both; the kernel alone does not look"
        author = "Candor"
        date = "2026-11-24"
        sample = "63552e389656711543ccddf9a4a4566e579f7334d136dc62b7c1c0a4c38644eb"
    condition:
        uint32(0) == 0x464c457f and uint16(18) == 62 and (uint16(16) == 2 or uint16(16) == 3) and
        uint16(52) == 64 and uint16(54) == 56 and uint32(32) == 64 and
        (uint8(4) == 0 or uint8(4) > 2 or uint8(5) == 0 or uint8(5) > 2)
}

rule Candor_Obfuscation_Elf_Writable_Entry
{
    meta:
        class = "obfuscation"
        description = "64-bit program that starts in a segment that is both writable and executable, without sections"
        benign = "linkers start programs in a segment that cannot be written; a self-changing loader cannot"
        author = "Candor"
        date = "2026-11-24"
        sample = "c02bf7f1e29987e72f269908c75be12850c4c311f7fe3e98a5c0209fee90e6bf"
    condition:
        uint32(0) == 0x464c457f and uint8(4) == 2 and uint8(5) == 1 and uint16(18) == 62 and filesize >= 4KB and
        uint16(60) == 0 and uint32(32) == 64 and uint16(54) == 56 and uint16(56) > 0 and uint16(56) <= 16 and
        for any i in (0..15) : (
            i < uint16(56) and uint32(64 + i * 56) == 1 and uint32(68 + i * 56) & 3 == 3 and
            uint32(24) >= uint32(80 + i * 56) and uint32(24) < uint32(80 + i * 56) + uint32(104 + i * 56))
}

rule Candor_Trojan_Elf_Infected_Note
{
    meta:
        class = "trojan"
        description = "64-bit program whose entry lies in a segment that was a note: executable, last in the table, at the end of the file"
        benign = "linkers put the entry in the first executable segment; this is how parasites append themselves"
        author = "Candor"
        date = "2026-11-24"
        sample = "e8a4ea23d988972fda21b32f6ddfca0653ad1615453456cbb2e8ef81d6a9df41"
    condition:
        uint32(0) == 0x464c457f and uint8(4) == 2 and uint8(5) == 1 and uint16(18) == 62 and
        uint32(32) == 64 and uint16(54) == 56 and uint16(56) > 4 and uint16(56) <= 16 and
        for any i in (4..15) : (
            i < uint16(56) and uint32(64 + i * 56) == 1 and uint32(68 + i * 56) & 1 == 1 and
            uint32(80 + i * 56) >= 0xc000000 and uint32(24) >= uint32(80 + i * 56) and
            uint32(24) < uint32(80 + i * 56) + uint32(104 + i * 56) and
            uint32(72 + i * 56) + uint32(96 + i * 56) >= filesize - 64)
}
