/* What routers, cameras and servers are recruited with. */

rule Candor_Downloader_Iot_Arch_Loop
{
    meta:
        class = "downloader"
        description = "script that fetches the same program for many processors from a bare address and runs each"
        benign = "packagers build for many processors, they do not fetch and start all of them on one machine"
        author = "Candor"
        date = "2026-11-24"
        sample = "fbb98131b9cb30e41fc0538fd6846131c433a36b55852be025ba0033a09c3a90"
    strings:
        $get = /\b(wget|curl|tftp|ftpget)\s[^\n;]{1,120}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[^\n;]{1,60}[.\/_-]?(mips|mipsel|mpsl|mips64|arm|armv?4l?|armv?5l?|armv?6l?|armv?7l?|arm8|aarch64|x86|x86_64|x64|ppc|powerpc|sh4|spc|sparc|m68k|i586|i686|i486|i386|arc)\b/
        $loop = /for\s{1,4}\w{1,12}\s{1,4}in\s{1,4}[^\n]{0,40}(mips|arm7|mpsl)[^\n]{0,200}(mpsl|mipsel|x86|arm|sh4|m68k)/
        $single = /\b(wget|curl|tftp)\s[^\n;]{1,120}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[^\n;]{1,60}\$/
        $chmod = /chmod\s{1,4}(\+x|a\+x|0?7[0-7]{2})\s/
        $run = /[;\n]\s{0,8}\.\/[\w$.*-]{1,40}/
        $fence = "```"
    condition:
        filesize < 64KB and $chmod and $run and (#get >= 4 or ($loop and $single)) and
        uint8(0) != 0x3c and uint8(0) != 0x7b and not $fence
}

rule Candor_Downloader_Iot_Writable_Chain
{
    meta:
        class = "downloader"
        description = "the bots' search for a writable folder, followed by a download, chmod and start"
        benign = "no ordinary script tries /tmp, /var/run, /mnt and /root in one line"
        author = "Candor"
        date = "2026-11-24"
        sample = "fd4fb5016d0d5e1acf8f4c2d23de2b741c4872684a85d51c0b4f88457f89cf30"
    strings:
        $chain = /cd\s{1,4}\/tmp\/?\s{0,4}\|\|\s{0,4}cd\s{1,4}\/(var\/run|var\/tmp|var|mnt|dev\/shm|root|run)\/?\s{0,4}\|\|\s{0,4}cd\s{1,4}\//
        $get = /\b(wget|curl|tftp|ftpget)\s[^\n]{1,160}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/
        $chmod = /chmod\s{1,4}(\+x|a\+x|-R\s{1,4}777|0?7[0-7]{2})\s/
        $fence = "```"
    condition:
        filesize < 64KB and all of ($chain, $get, $chmod) and not $fence and
        uint8(0) != 0x3c and uint8(0) != 0x7b
}

rule Candor_Downloader_Fetch_Hidden_Run
{
    meta:
        class = "downloader"
        description = "script that fetches a program from a bare address to a hidden file in a temporary place, makes it executable and starts it unseen"
        benign = "installers use named hosts and visible names, and wait for what they start"
        author = "Candor"
        date = "2026-11-24"
        sample = "f5bebcb8dcd0f4f40810e85bf07ad9b09f93d355605d2f0bdee2ae28a83c109b"
    strings:
        $get = /\b(wget|curl)\s[^\n]{0,120}(https?|ftp):\/\/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/]/
        $to = /(-O\s?|-o\s?|--output\s|--output-document=|>\s?|cd\s{1,4})["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/usr\/(bin|lib)|\/etc)\/\.[A-Za-z0-9._-]{1,40}/
        $chmod = /chmod\s{1,4}(\+x|a\+x|u\+x|0?7[0-7]{2})\s/
        $run1 = "nohup "
        $run2 = "setsid "
        $run3 = "disown"
        $run4 = ">/dev/null 2>&1 &"
        $run5 = "> /dev/null 2>&1 &"
        $run6 = "&>/dev/null &"
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $get and $to and $chmod and any of ($run*)
}

rule Candor_Botnet_Mirai_Elf
{
    meta:
        class = "trojan"
        description = "ELF with Mirai's strings, plain or under its one-byte keys"
        benign = "tools that touch watchdogs do not also greet a command server in these words"
        author = "Candor"
        date = "2026-11-24"
        sample = "e8c639fe6b38cc6304ebe89e4e8d16fb16c4ed74a8385bc1cee987597181ff02"
    strings:
        $listen = "listening tun0" xor(0x01-0x7f)
        $applet = "applet not found" xor(0x01-0x7f)
        $query = "TSource Engine Query" xor(0x01-0x7f)
        $ncorrect = "ncorrect" xor(0x01-0x7f)
        $dog1 = "/dev/watchdog"
        $dog2 = "/dev/misc/watchdog"
        $plain1 = "/bin/busybox MIRAI"
        $plain2 = "MIRAI: applet not found"
    condition:
        uint32(0) == 0x464c457f and filesize < 2MB and
        (2 of ($listen, $applet, $query, $ncorrect) or (all of ($dog*) and 1 of ($listen, $applet, $query)) or
         any of ($plain*))
}

rule Candor_Botnet_Gafgyt_Elf
{
    meta:
        class = "trojan"
        description = "ELF with the orders of the Gafgyt, Bashlite and Tsunami families"
        benign = "stress tools take options; they do not answer such words from a chat server"
        author = "Candor"
        date = "2026-11-24"
        sample = "e618e97ac46644c798c0ea064e3be5042aaed7f7631c0e786d63f1d0d6602c86"
    strings:
        $a1 = "LOLNOGTFO"
        $a2 = "KILLATTK"
        $a3 = "GETLOCALIP"
        $a4 = "HTTPFLOOD"
        $a5 = "UDP Flooding %s"
        $a6 = "TCP Flooding %s"
        $a7 = "My IP: %s"
        $a8 = "HOLD Flooding %s"
        $a9 = "JUNK Flooding %s"
        $b1 = "NOTICE %s :TSUNAMI <target> <secs>"
        $b2 = "NOTICE %s :Packeting %s."
        $b3 = "NOTICE %s :UNKNOWN <target> <secs>"
        $b4 = "NOTICE %s :Kaiten"
        $b5 = "NOTICE %s :Tsunami heading for %s."
    condition:
        uint32(0) == 0x464c457f and filesize < 4MB and (3 of ($a*) or 2 of ($b*))
}

rule Candor_Botnet_Exploit_Paths_Elf
{
    meta:
        class = "trojan"
        description = "ELF that carries requests against two or more router weaknesses and a download to inject"
        benign = "scanners keep such requests in scripts or data files"
        author = "Candor"
        date = "2026-11-24"
        sample = "e2701eef142292fd75bfb9203a668ed4bd5183489b681397ce2f3fdf62c13d15"
    strings:
        $p1 = "/GponForm/diag_Form"
        $p2 = "/tmUnblock.cgi"
        $p3 = "/setup.cgi?next_file=netgear.cfg"
        $p4 = "WANIPConnection:1#AddPortMapping"
        $p5 = "/picsdesc.xml"
        $p6 = "/cgi-bin/ViewLog.asp"
        $p7 = "/ctrlt/DeviceUpgrade_1"
        $p8 = "/UD/act?1"
        $p9 = "/shell?cd+/tmp"
        $p10 = "/boaform/admin/formPing"
        $p11 = "/HNAP1/"
        $p12 = "/language/Swedish${IFS}&&"
        $inject = /(wget|curl|tftp)(\s|\+|%20|\$\{IFS\})[^\x00\n]{0,40}(http:\/\/)?(%s|%d\.%d|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})/
    condition:
        uint32(0) == 0x464c457f and filesize < 8MB and 2 of ($p*) and $inject
}

rule Candor_Botnet_Docker_Worm
{
    meta:
        class = "trojan"
        description = "script that scans for open Docker, Kubernetes or Redis ports and starts containers or sends commands there"
        benign = "administrators' scripts name their hosts, they do not scan for them"
        author = "Candor"
        date = "2026-11-24"
        sample = "878f55e8542027ccfb4f27b4c2bace1da22825a457710b69e5c09d1c012a2c3b"
    strings:
        $scan = /\b(masscan|zgrab|zmap|pnscan|rustscan)\s[^\n]{1,160}/
        $port = /(2375|2376|2377|4243|6379|10250|10255)\b/
        $docker = /docker\s{1,4}(-H|--host)[ =]?["']?(tcp:\/\/)?\$?\S{1,60}\s{1,4}run\s/
        $kube = /curl\s[^\n]{0,200}:10250\/run\//
        $redis = /redis-cli\s[^\n]{0,100}-h\s/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and $scan and $port and any of ($docker, $kube, $redis)
}
