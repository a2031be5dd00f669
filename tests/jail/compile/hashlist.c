/* Hash lists: every spelling, and what is refused where. */
#include "front.h"
#include "test.h"

#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define SHA1 "3395856ce81f2b7382dee72602f798b642f14140"
#define SHA256 "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

static void expect(const char *list, const char *dump, const char *says)
{
    struct front f;
    front_open(&f);
    front_add_hashes(&f, "l.txt", test_guarded(span_text(list)));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), says);
    assert_string_equal(front_dump(&f), dump);
    front_close(&f);
}

TEST(spellings)
{
    expect(MD5 "\n", "hash md5 " MD5 " \"" MD5 "\" l.txt:1\n", "");
    expect("# list\n\n  " SHA1 "  a file.bin \r\n", "hash sha1 " SHA1 " \"a file.bin\" l.txt:3\n",
           "");
    expect(SHA256 " *bin", "hash sha256 " SHA256 " \"bin\" l.txt:1\n", "");
    expect("\\" MD5 "  a\\nb", "hash md5 " MD5 " \"a\\\\nb\" l.txt:1\n", "");
    expect(MD5 ":68:Eicar\n" SHA256 ":*:Any.Size:73\n",
           "hash md5 " MD5 " 68 \"Eicar\" l.txt:1\nhash sha256 " SHA256 " \"Any.Size\" l.txt:2\n",
           "");
    expect("44D88612FEA8A8F36DE82E1278ABB02F\tname", "hash md5 " MD5 " \"name\" l.txt:1\n", "");
    expect("", "", "");
}

TEST(refused_lines_cost_no_other)
{
    expect(
        "abc  short\n" MD5 "\n" MD5 "00  long\nzz\n" MD5 ":x:name\n" MD5 ":5\n" MD5 ":5: \n" MD5
        ":\n" MD5 ",x\n" MD5 ":18446744073709551616:n",
        "hash md5 " MD5 " \"" MD5 "\" l.txt:2\n",
        "l.txt:1:1: error: expected a hash of 32, 40 or 64 hexadecimal digits, found 3 of them\n"
        "l.txt:3:1: error: expected a hash of 32, 40 or 64 hexadecimal digits, found 34 of them\n"
        "l.txt:4:1: error: expected a hash of 32, 40 or 64 hexadecimal digits, found 0 of them\n"
        "l.txt:5:34: error: expected the file's size in bytes or '*' behind the hash\n"
        "l.txt:6:34: error: expected ':' and a name behind the size\n"
        "l.txt:7:34: error: expected ':' and a name behind the size\n"
        "l.txt:8:34: error: expected the file's size in bytes or '*' behind the hash\n"
        "l.txt:9:33: error: expected the end of the line, a blank or ':' behind the hash\n"
        "l.txt:10:34: error: expected the file's size in bytes or '*' behind the hash\n");
}

TEST(many_lines)
{
    struct buf b;
    struct front f;
    buf_init(&b, 0);
    for (uint32_t i = 0; i < 100000; i++)
        buf_print(&b, "%032x  name%u\n", i, i);
    front_open(&f);
    assert_int_equal(front_add_hashes(&f, "l.txt", buf_get(&b)), 0);
    assert_int_equal(f.fe.ir->hash_count, 100000);
    assert_int_equal(f.fe.ir->hashes[99999].bytes[15], 99999 & 0xff);
    assert_int_equal(f.fe.ir->hashes[99999].line, 100000);
    front_close(&f);
    buf_done(&b);
}
