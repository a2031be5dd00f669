/* Harmless files that ask a scanner to speak up. */

rule Candor_Test_EICAR
{
    meta:
        class = "test"
        description = "the EICAR standard anti-virus test file: 68 fixed bytes at the start, then only white space, 128 bytes at most"
        benign = "a text that quotes the line is longer, or has something before it"
        author = "Candor"
        date = "2026-11-24"
        sample = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
    strings:
        // written as bytes, so that this file is not itself taken for the test file
        $eicar = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24
                   45 49 43 41 52 2D 53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55 53 2D 54 45 53
                   54 2D 46 49 4C 45 21 24 48 2B 48 2A }
    condition:
        filesize <= 128 and $eicar at 0 and
        (filesize == 68 or for all i in (68..filesize - 1):
            (uint8(i) == 0x20 or uint8(i) == 0x09 or uint8(i) == 0x0a or uint8(i) == 0x0d or uint8(i) == 0x1a))
}

rule Candor_Test_Marker
{
    meta:
        class = "test"
        description = "Candor's own test line at the start of a file of at most 4 KiB"
        benign = "documentation that shows the line does not start with it"
        author = "Candor"
        date = "2026-11-24"
        sample = "7bf0c4daad3245a7f81d5803587a6962c9c2cffbf1bd2c53d39525f5dd360d5a"
    strings:
        $line = "CANDOR-TEST-FILE: nothing here does harm"
    condition:
        filesize <= 4KB and $line at 0
}
