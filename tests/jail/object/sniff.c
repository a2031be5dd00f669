/* Types by content: each kind of types.def by a beginning of it, look-alikes, and every cut. */
#include "jail/object/sniff.h"
#include "test.h"

static enum object_type type_of(struct span s)
{
    struct source source = source_of(test_guarded(s));
    return sniff_type(&source);
}

#define EXPECT(literal, type) assert_int_equal(type_of(SPAN_OF(literal)), TYPE_##type)

TEST(programs)
{
    EXPECT("\x7f"
           "ELF\2\1\1",
           ELF);
    EXPECT("\xcf\xfa\xed\xfe\7\0\0\1", MACHO);
    EXPECT("\xca\xfe\xba\xbe\0\0\0\2", FATMACHO);
    EXPECT("\xca\xfe\xba\xbe\0\0\0\x34", JAVA);
    EXPECT("dex\n035\0", DEX);
    EXPECT("\0asm\1\0\0\0", WASM);
    EXPECT("\xa7\x0d\x0d\x0a\0\0\0\0\0\0\0\0", PYC);
    uint8_t mz[256] = {'M', 'Z', 0x90, 0, 3};
    assert_int_equal(type_of(span_make(mz, sizeof mz)), TYPE_DOS);
    mz[60] = 0x80;
    memcpy(mz + 0x80, "PE\0\0", 4);
    assert_int_equal(type_of(span_make(mz, sizeof mz)), TYPE_PE);
    EXPECT("MZ is how this sentence begins, and it is no program at all, is it?", TEXT);
}

TEST(containers)
{
    EXPECT("PK\3\4", ZIP);
    EXPECT("PK\5\6", ZIP);
    EXPECT("\x1f\x8b\x08", GZIP);
    EXPECT("BZh91AY&SY", BZIP2);
    EXPECT("BZhello, this is no stream", TEXT);
    EXPECT("\xfd"
           "7zXZ\0",
           XZ);
    EXPECT("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x12\x34\x56\x78", LZMA);
    EXPECT("\x5d\0\0\x80\3\xff\xff\xff\xff\xff\xff\xff\xff\0\x12\x34\x56\x78", DATA);
    EXPECT("\x28\xb5\x2f\xfd", ZSTD);
    EXPECT("\x50\x2a\x4d\x18\1\0\0\0x\x28\xb5\x2f\xfd", ZSTD);
    EXPECT("\x50\x2a\x4d\x18\1\0\0\0x\x04\x22\x4d\x18", LZ4);
    EXPECT("\x04\x22\x4d\x18", LZ4);
    EXPECT("\x1f\x9d\x90", COMPRESS);
    EXPECT("!<arch>\n", AR);
    EXPECT("070701", CPIO);
    EXPECT("\xc7\x71 other order", DATA);
    EXPECT("\xed\xab\xee\xdb\3", RPM);
    EXPECT("7z\xbc\xaf\x27\x1c", SEVENZIP);
    EXPECT("Rar!\x1a\x07\x01\0", RAR);
    EXPECT("MSCF\0\0\0\0", CAB);
    EXPECT("\x60\xea\x2b\0\x1e", ARJ);
    EXPECT("!!-lh5-\0\0\0\0\0\0\0\0\0\0\0\0\x20\2\0\0", LHA);
    EXPECT("hsqs", SQUASHFS);
    EXPECT("xar!", XAR);
    EXPECT("ITSF\3\0\0\0", CHM);
    EXPECT("QFI\xfb", DISK);
}

TEST(documents_and_the_rest)
{
    EXPECT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE2);
    EXPECT("%PDF-1.7\n", PDF);
    EXPECT("{\\rtf1\\ansi", RTF);
    EXPECT("FWS\x08\0\0\1\0", SWF);
    EXPECT("FWS is a word in a sentence here", TEXT);
    EXPECT("\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", LNK);
    EXPECT("\x89PNG\r\n\x1a\n", PNG);
    EXPECT("\xff\xd8\xff\xe0", JPEG);
    EXPECT("GIF89a", GIF);
    EXPECT("II*\0", TIFF);
    EXPECT("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", BMP);
    EXPECT("BMW is a maker of cars", TEXT);
    EXPECT("RIFF\0\0\0\0WEBP", WEBP);
    EXPECT("ID3\4\0", MEDIA);
    EXPECT("\0\0\0\x18"
           "ftypmp42",
           MEDIA);
    EXPECT("OTTO\0", FONT);
    EXPECT("SQLite format 3\0", SQLITE);
    EXPECT("\xd4\xc3\xb2\xa1\2\0\4\0", PCAP);
    EXPECT("\x78\x9f\x3e\x22\1\0\1\6", TNEF);
}

TEST(texts)
{
    EXPECT("", EMPTY);
    EXPECT("plain", TEXT);
    EXPECT("\xef\xbb\xbfwith a mark", TEXT);
    EXPECT("\xff\xfew\0i\0d\0e\0", TEXT);
    EXPECT("\xfe\xff\0w\0i\0d\0e", TEXT);
    EXPECT("\xff\xfe\0\0\1\0\0\0", DATA);
    EXPECT("latin: Gr\xfc\xdf"
           "e aus K\xf6ln, mit Umlauten im alten Code",
           TEXT);
    EXPECT("\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0! \xdd\xf2\xee \xf2\xe5\xea\xf1\xf2 \xe2 "
           "cp1251, \xe0 \xed\xe5 utf8",
           TEXT);
    EXPECT("nul\0inside", DATA);
    EXPECT("\x01\x02\x03\x04", DATA);
    EXPECT("#!/bin/sh\n", SCRIPT);
    EXPECT("#!/bin/sh\nexec tail\0\1\2\3", SCRIPT);
    EXPECT("<?php echo 1;", SCRIPT);
    EXPECT("@echo off\r\n", SCRIPT);
    EXPECT("var a = 1;\nalert(a);", SCRIPT);
    EXPECT("function f(x) { return x; }", SCRIPT);
    EXPECT("import os\nfrom sys import argv\n", TEXT);
    EXPECT("from os import system\n", SCRIPT);
    EXPECT("Various things are told here, of a function that nobody has.", TEXT);
    EXPECT("  <!DOCTYPE html><html>", HTML);
    EXPECT("<!-- c --><html>", HTML);
    EXPECT("<?xml version='1.0'?><a/>", XML);
    EXPECT("<?xml version='1.0'?><!DOCTYPE html><html>", HTML);
    EXPECT("-----BEGIN CERTIFICATE-----\n", PEM);
    EXPECT("begin 644 a.bin\n#86)C\n", UUENCODE);
    EXPECT("begin with the first 644 pages\n", TEXT);
    EXPECT("=ybegin line=128 size=12 name=a\n", UUENCODE);
}

TEST(mail_needs_evidence)
{
    EXPECT("From: a@example.org\nTo: b@example.org\nSubject: x\n\nbody", MAIL);
    EXPECT("Received: from x\n by y\nMessage-ID: <1@x>\n\n", MAIL);
    EXPECT("From a@b Mon Jan 1 00:00:00 2024\nFrom: a@b\nTo: c@d\n\n", MAIL);
    EXPECT("From: me\nI wanted to tell you that this is a note.\n", TEXT);
    EXPECT("Subject: x\nDate: y\n\nno sender, no mail", TEXT);
    EXPECT("key: value\nother: value\n", TEXT);
}

TEST(disk_images)
{
    static uint8_t image[70000];
    memcpy(image + 32769, "CD001", 5);
    assert_int_equal(type_of(span_make(image, sizeof image)), TYPE_ISO);
    memset(image, 0, sizeof image);
    image[510] = 0x55;
    image[511] = 0xaa;
    assert_int_equal(type_of(span_make(image, sizeof image)), TYPE_DATA);
    image[446] = 0x80;
    image[450] = 0x83;
    image[455] = 8;
    image[459] = 1;
    assert_int_equal(type_of(span_make(image, sizeof image)), TYPE_DISK);
    memset(image, 0, sizeof image);
    image[1024] = 1;
    image[1024 + 56] = 0x53;
    image[1024 + 57] = 0xef;
    assert_int_equal(type_of(span_make(image, sizeof image)), TYPE_EXT);
    memset(image, 0, sizeof image);
    memcpy(image + 136 * 512 - 512, "conectix", 8);
    assert_int_equal(type_of(span_make(image, 136 * 512)), TYPE_DISK);
    assert_int_equal(type_of(span_make(image, 135 * 512)), TYPE_DATA);
}

TEST(zeros_and_noise_are_data)
{
    static uint8_t zeros[100000];
    assert_int_equal(type_of(span_make(zeros, sizeof zeros)), TYPE_DATA);
    unsigned other = 0;
    for (int i = 0; i < 300; i++) {
        uint8_t noise[600];
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (uint8_t)(test_random() >> 24);
        other += type_of(span_make(noise, sizeof noise)) != TYPE_DATA;
    }
    assert_true(other <= 3);
}
