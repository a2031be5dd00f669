/* Programs and scripts that connect a shell to somebody else's machine. */

rule Candor_Backdoor_Shell_Dev_Tcp
{
    meta:
        class = "backdoor"
        description = "shell script that joins an interactive shell to /dev/tcp or /dev/udp"
        benign = "port checks open /dev/tcp without giving it to a shell; texts that explain it neither start with #! nor with the line itself"
        author = "Candor"
        date = "2026-11-24"
        sample = "f7c789739a4d0267d0f8b85c8d7d47cd826665b1b7c6de8d522cf18b5c6d2961"
    strings:
        $direct = /\b(ba)?sh\s{1,4}-[a-z]{0,2}i\s{0,4}(>&|&>|>|<>|[0-2]<>)\s{0,4}\/dev\/(tcp|udp)\//
        $exec = /exec\s{1,4}\d{1,3}<>\s{0,2}\/dev\/(tcp|udp)\/[^\n]{1,80}[;\n]\s{0,4}(cat\s{0,2}<&\s{0,2}\d{1,3}\s{0,2}\|\s{0,2}while\s+read|(ba)?sh\s{1,4}(-i\s{1,4})?<&\s{0,2}\d{1,3})/
    condition:
        filesize < 64KB and ((uint16(0) == 0x2123 and any of them) or $direct at 0)
}

rule Candor_Backdoor_Shell_Netcat_Exec
{
    meta:
        class = "backdoor"
        description = "script that has netcat execute a shell"
        benign = "netcat's own documentation and tests are not #! scripts that name /bin/sh after -e"
        author = "Candor"
        date = "2026-11-24"
        sample = "4b9a562102fb43c0d978b865798255fe28484496137ab317c29b1c6e9c4be960"
    strings:
        $nc = /\b(nc|ncat|netcat|nc\.traditional)\s[^\n|;#]{0,80}(-[a-z]{0,5}[ec]|--exec|--sh-exec)\s{1,4}["']?(\/usr)?\/bin\/(ba|da|z)?sh\b/
    condition:
        filesize < 64KB and ((uint16(0) == 0x2123 and $nc) or $nc at 0)
}

rule Candor_Backdoor_Shell_Fifo
{
    meta:
        class = "backdoor"
        description = "script that loops a shell through a named pipe and netcat, openssl or telnet"
        benign = "named pipes are common; a shell between two ends of a connection is not"
        author = "Candor"
        date = "2026-11-24"
        sample = "6909b8937918ff7b442253389dae5ba88cec8db7f56d12df8e1fc1ad2d58c89a"
    strings:
        $fifo = /\b(mkfifo|mknod)\s{1,4}[^\n;]{1,60}[;&\n]/
        $loop = /\|\s{0,4}(\/bin\/)?(ba|da)?sh\s{1,4}-i\s{0,4}(2>&1)?\s{0,4}\|\s{0,4}(nc|ncat|netcat|openssl\s{1,4}s_client|telnet|busybox\s{1,4}nc)\s/
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and all of them
}

rule Candor_Backdoor_Shell_Socat
{
    meta:
        class = "backdoor"
        description = "script that joins a shell to a TCP peer with socat"
        benign = "socat between ports, files and serial lines does not execute a shell with a terminal"
        author = "Candor"
        date = "2026-11-24"
        sample = "1ba17148666395612765d71d5943663ef3bffcc3ecccedf10b4639860bd12e99"
    strings:
        $exec = /exec:\s{0,2}["']{0,2}(\/bin\/)?(ba|da|z)?sh\b[^\n]{0,60}(pty|stderr|setsid)/ nocase
        $peer = /socat\s[^\n]{0,160}(tcp|tcp4|tcp-connect|openssl|openssl-connect|udp):/ nocase
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and all of them
}

rule Candor_Backdoor_Python_Dup2_Shell
{
    meta:
        class = "backdoor"
        description = "script with Python that copies a connected socket over standard input and output and starts a shell"
        benign = "daemons copy log files or terminals over these, not a socket they connected themselves"
        author = "Candor"
        date = "2026-11-24"
        sample = "c780f14cfe66e5d02071ea99a8814916992af167f5fbcbd08d8970535bfb244d"
    strings:
        $connect = /\.connect\(\s{0,2}\(/
        $in = /os\.dup2\(\s{0,2}\w{1,16}\.fileno\(\)\s{0,2},\s{0,2}0\s{0,2}\)/
        $out = /os\.dup2\(\s{0,2}\w{1,16}\.fileno\(\)\s{0,2},\s{0,2}1\s{0,2}\)/
        $shell = /(pty\.spawn|subprocess\.(call|run|Popen)|os\.(system|exec[lv]p?))\s{0,2}\(\s{0,2}\[?\s{0,2}["'](\/bin\/)?(ba|da|z)?sh\b/
        $loop = /for\s+\w{1,8}\s+in\s*\(\s{0,2}0\s{0,2},\s{0,2}1\s{0,2},\s{0,2}2\s{0,2}\)/
        $any = /os\.dup2\(\s{0,2}\w{1,16}\.fileno\(\)\s{0,2},\s{0,2}\w{1,8}\s{0,2}\)/
    condition:
        filesize < 64KB and (uint16(0) == 0x2123 or uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d) and
        $connect and $shell and (($in and $out) or ($loop and $any))
}

rule Candor_Backdoor_Perl_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "script with Perl that reopens its standard handles on a socket and becomes a shell"
        benign = "network servers in Perl run handlers, not an interactive shell"
        author = "Candor"
        date = "2026-11-24"
        sample = "1bc7cf657a26aa8fb0c71ff4c68eea486d50620bd75db772e40798162fe40281"
    strings:
        $in = /open\s{0,2}\(\s{0,2}\*?STDIN\s{0,2},\s{0,2}["']>&/
        $out = /open\s{0,2}\(\s{0,2}\*?STDOUT\s{0,2},\s{0,2}["']>&/
        $shell = /exec\s{0,2}[({]?\s{0,2}\{?["'](\/bin\/)?(ba|da|z)?sh\b/
        $fd1 = /STDIN->fdopen\(\s{0,2}\$\w{1,8}\s{0,2},\s{0,2}["']?r/
        $fd2 = /system\s{0,2}\(?\s{0,2}\$_\s{0,2}\)?\s{0,2}while\s{0,2}\(?\s{0,2}<>/
        $net1 = "use Socket"
        $net2 = "IO::Socket::INET"
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and any of ($net*) and
        (($in and $out and $shell) or ($fd1 and $fd2))
}

rule Candor_Backdoor_Ruby_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "script with Ruby that gives a TCP socket to a shell or runs each line it receives"
        benign = "clients print what they receive, they do not run it"
        author = "Candor"
        date = "2026-11-24"
        sample = "43367a756bd0f45ea3e0a58e12bc83df0bd2d9b34aadf1dfb5da6e950b764aea"
    strings:
        $net = /TCPSocket\.(new|open)\s{0,2}\(?/
        $fds = /exec\s{0,2}\(?\s{0,2}sprintf\s{0,2}\(\s{0,2}["']\/bin\/(ba)?sh -i <&%d/
        $loop = /while\s{0,2}\(?\s{0,2}\w{1,8}\s{0,2}=\s{0,2}\w{1,8}\.gets[^\n]{0,40}IO\.popen\s{0,2}\(\s{0,2}\w{1,8}\s{0,2},\s{0,2}["']r/
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $net and any of ($fds, $loop)
}

rule Candor_Backdoor_Php_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "PHP that opens a socket and starts a shell on it"
        benign = "mail and cache clients open sockets and start no shell"
        author = "Candor"
        date = "2026-11-24"
        sample = "2da49ebd98d3c24a54baf687685aa52e0ff64c833461f8b2622cfaa94c2c4ae0"
    strings:
        $open = "<?php" nocase
        $net = /\b(fsockopen|pfsockopen|stream_socket_client)\s{0,2}\(/ nocase
        $fd3 = /(exec|shell_exec|system|passthru|popen|proc_open)\s{0,2}\(\s{0,2}["'](\/bin\/)?(ba)?sh -i <&\d/
        $proc = /proc_open\s{0,2}\(\s{0,2}(["'][^"'\n]{0,30}\b(ba|da)?sh( -i)?["']|\$shell)\s{0,2},/
        $select = "stream_select("
    condition:
        filesize < 64KB and ((uint16be(0) != 0x2320 and $open in (0..64)) or (uint16(0) == 0x2123 and $fd3)) and $net and
        ($fd3 or ($proc and $select))
}

rule Candor_Backdoor_Node_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "JavaScript that pipes a socket into a shell and the shell into the socket"
        benign = "terminals in the browser sit behind a server and a login; this connects outward to one peer"
        author = "Candor"
        date = "2026-11-24"
        sample = "a515ac4d7cee626c4c284e60dbc4443384ddd446e1da2a069dc7808adeb381b4"
    strings:
        $child = /require\s{0,2}\(\s{0,2}["'](node:)?child_process["']\s{0,2}\)/
        $net = /require\s{0,2}\(\s{0,2}["'](node:)?net["']\s{0,2}\)/
        $shell = /\.?(spawn|exec)\s{0,2}\(\s{0,2}["'](\/bin\/(ba|da|z)?sh|cmd(\.exe)?|(ba)?sh)["']/
        $in = /\.pipe\(\s{0,2}\w{1,16}\.stdin\s{0,2}\)/
        $out = /\.stdout\.pipe\(\s{0,2}\w{1,16}\s{0,2}\)/
        $fence = "```"
    condition:
        filesize < 64KB and all of ($child, $net, $shell, $in, $out) and not $fence and uint16be(0) != 0x2320
}

rule Candor_Backdoor_Java_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "Java, Groovy or JSP source that copies bytes between a socket and a shell process"
        benign = "build tools start processes and servers open sockets; one loop over both with a shell is neither"
        author = "Candor"
        date = "2026-11-24"
        sample = "7a43fb262def7916b781197fffebf8e19d218d009b5890ffe09703e5ac06b53c"
    strings:
        $socket = /new\s+(java\.net\.)?Socket\s{0,2}\(/
        $shell = /["'](\/bin\/(ba|da|z)?sh|cmd\.exe|cmd)["']/
        $start1 = /new\s+ProcessBuilder\s{0,2}\([^\n]{0,60}redirectErrorStream\s{0,2}\(\s{0,2}true\s{0,2}\)/
        $start2 = /getRuntime\(\)\.exec\s{0,2}\(/
        $copy1 = /\w{1,8}\.available\s{0,2}\(\)\s{0,2}>\s{0,2}0/
        $copy2 = "exitValue()"
        $fence = "```"
    condition:
        filesize < 64KB and $socket and $shell and any of ($start*) and $copy2 and #copy1 >= 2 and not $fence and uint16be(0) != 0x2320
}

rule Candor_Backdoor_Awk_Inet_Shell
{
    meta:
        class = "backdoor"
        description = "script with gawk that reads commands from a network stream and writes their output back"
        benign = "gawk's network examples fetch pages, they do not run what arrives"
        author = "Candor"
        date = "2026-11-24"
        sample = "e53266e00867cda4998e5cc3f77fe2657533fc742a858695d2286e281cb6c03d"
    strings:
        $net = /\/inet[46]?\/tcp\/0\/[^\n"]{1,60}\/\d{1,5}/
        $read = /\|&\s{0,2}getline\s+\w{1,8}/
        $run = /\w{1,8}\s{0,2}\|\s{0,2}getline\s{0,2}[^\n;)]{0,12}\)?[^\n]{0,30}\|&/
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $net and $read and $run
}

rule Candor_Backdoor_Lua_Socket_Shell
{
    meta:
        class = "backdoor"
        description = "Lua that connects a socket and runs what it receives, or starts a shell on it"
        benign = "network scripts in Lua parse what they receive"
        author = "Candor"
        date = "2026-11-24"
        sample = "1974813cfbd88794dbfdcbfbff14c2ee146f0510ee7eebc5680f0b35e6334df3"
    strings:
        $net = /require\s{0,2}\(?\s{0,2}["']socket["']\s{0,2}\)?/
        $fd3 = /os\.execute\s{0,2}\(\s{0,2}["']\/bin\/(ba)?sh -i <&\d/
        $recv = /\w{1,8}\s{0,4}(,\s{0,2}\w{1,8}\s{0,4})?=\s{0,2}\w{1,8}:receive\s{0,2}\([^\n]{0,40}[;\n]?\s{0,8}[^\n]{0,60}io\.popen\s{0,2}\(\s{0,2}\w{1,8}\s{0,2},/
        $send = /:send\s{0,2}\(/
        $fence = "```"
    condition:
        filesize < 64KB and $net and ($fd3 or ($recv and $send)) and not $fence and uint16be(0) != 0x2320
}

rule Candor_Backdoor_Powershell_Tcp
{
    meta:
        class = "backdoor"
        description = "PowerShell loop that runs what it reads from a TCP stream"
        benign = "administration scripts use remoting; none evaluates raw bytes from a socket in a loop"
        author = "Candor"
        date = "2026-11-24"
        sample = "f7450f751bccda16c54d5e66543dbb25ac706e8208de0ff137daf091d23a01cd"
    strings:
        $client = /New-Object\s{1,4}(System\.)?Net\.Sockets\.TCPClient\s{0,2}\(/ nocase
        $stream = ".GetStream()" nocase
        $loop = /while\s{0,2}\(\s{0,2}\(\s{0,2}\$\w{1,12}\s{0,2}=\s{0,2}\$\w{1,12}\.Read\(/ nocase
        $run = /\b(iex|Invoke-Expression)\s{1,4}\$\w{1,12}/ nocase
        $fence = "```"
    condition:
        filesize < 64KB and all of ($client, $stream, $loop, $run) and not $fence
}

rule Candor_Backdoor_Shellcode_X64
{
    meta:
        class = "backdoor"
        description = "tiny x86-64 ELF whose code makes a socket and copies it over the standard handles or maps memory for a second stage"
        benign = "compilers do not emit these push-pop sequences, and programs this small have no network code"
        author = "Candor"
        date = "2026-11-24"
        sample = "a3f2bb99e3ad6593f409c6fd656dbd90ae8972631872242a1171de0ef1ec4197"
    strings:
        $socket = { 6A 29 58 99 6A 02 5F 6A 01 5E 0F 05 }
        $dup = { 6A 03 5E 48 FF CE 6A 21 58 0F 05 75 F6 }
        $map = { 6A 09 58 99 B6 10 48 89 D6 4D 31 C9 6A 22 41 5A }
        $connect = { 6A 10 5A 6A 2A 58 0F 05 }
    condition:
        uint32(0) == 0x464c457f and filesize < 8KB and $socket and any of ($dup, $map, $connect)
}

rule Candor_Backdoor_Shellcode_X86
{
    meta:
        class = "backdoor"
        description = "tiny x86 ELF whose code makes a socket with socketcall and copies it over the standard handles"
        benign = "compilers do not emit these sequences, and programs this small have no network code"
        author = "Candor"
        date = "2026-11-24"
        sample = "c3b2b8dce6375014d47792e4dfef048d4bf0f343e6c79fe68cc32773c845515d"
    strings:
        $socket = { 31 DB F7 E3 53 43 53 6A 02 ( B0 66 89 E1 | 89 E1 B0 66 ) CD 80 }
        $dup = { 59 B0 3F CD 80 49 79 F9 }
        $shell = { 68 2F 2F 73 68 68 2F 62 69 6E 89 E3 }
        $map = { B2 07 B9 00 10 00 00 89 E3 C1 EB 0C C1 E3 0C B0 7D CD 80 }
    condition:
        uint32(0) == 0x464c457f and filesize < 8KB and $socket and any of ($dup, $shell, $map)
}

rule Candor_Exploit_Shellcode_Escaped
{
    meta:
        class = "exploit"
        description = "script or C source that carries escaped shell-starting machine code and the means to run it"
        benign = "disassembler tests hold single instructions; papers show the bytes without code to run them"
        author = "Candor"
        date = "2026-11-24"
        sample = "632f2e2b490b2eb65cd88f5f000dd6acdec6e81f90981e38899895651306c99e"
    strings:
        $x86 = "\\x68\\x2f\\x2f\\x73\\x68\\x68\\x2f\\x62\\x69\\x6e\\x89\\xe3" nocase
        $x64 = "\\x6a\\x29\\x58\\x99\\x6a\\x02\\x5f\\x6a\\x01\\x5e\\x0f\\x05" nocase
        $x64sh = "\\x2f\\x62\\x69\\x6e\\x2f\\x2f\\x73\\x68" nocase
        $run1 = /\(\s{0,2}\*?\(?\s{0,2}void\s{0,2}\(\s{0,2}\*\s{0,2}\w{0,12}\s{0,2}\)\s{0,2}\(\s{0,2}(void)?\s{0,2}\)/
        $run2 = "ctypes.CFUNCTYPE" nocase
        $run3 = "PROT_EXEC"
        $fence = "```"
    condition:
        filesize < 64KB and any of ($x86, $x64, $x64sh) and any of ($run*) and not $fence and
        (uint16(0) == 0x2123 or uint32be(0) == 0x23696e63 or uint16be(0) == 0x2f2a or uint16be(0) == 0x2f2f or
         uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d)
}

rule Candor_Backdoor_Cron_Shell
{
    meta:
        class = "backdoor"
        description = "crontab line that gives a shell to a network address"
        benign = "jobs that check a port open /dev/tcp without a shell"
        author = "Candor"
        date = "2026-11-24"
        sample = "e81f9f5d659d89c83b0a36882abda24e93aface504cb23b3f1295a736e3b837a"
    strings:
        $tcp = /(^|\n)[ \t]{0,4}(@(reboot|hourly|daily)|[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16})[ \t]{1,4}[^\n]{0,120}\b(ba|da|z|k)?sh\s{1,4}-i\s{0,4}[0-2]?(>&|&>|>|<>)\s{0,4}\/dev\/(tcp|udp)\//
        $nc = /(^|\n)[ \t]{0,4}(@(reboot|hourly|daily)|[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16})[ \t]{1,4}[^\n]{0,80}\b(nc|ncat|netcat)\s[^\n|;#]{0,80}-[a-z]{0,5}[ec]\s{1,4}["']?(\/usr)?\/bin\/(ba|da|z)?sh\b/
        $fence = "```"
    condition:
        filesize < 32KB and any of ($tcp, $nc) and not $fence and uint8(0) != 0x3c and uint8(0) != 0x7b
}

rule Candor_Backdoor_Systemd_Shell
{
    meta:
        class = "backdoor"
        description = "systemd unit that gives a shell to a network address"
        benign = "units for network programs name the program, not a shell and /dev/tcp"
        author = "Candor"
        date = "2026-11-24"
        sample = "41adc1b801382f184091710ef932ddb639df414e1aa95fdb5f5a333ba893c7ee"
    strings:
        $unit = "[Unit]"
        $tcp = /\nExec(Start|StartPre|StartPost|Stop)\s{0,2}=[^\n]{1,200}\b(ba|da|z|k)?sh\s{1,4}-i\s{0,4}[0-2]?(>&|&>|>|<>)\s{0,4}\/dev\/(tcp|udp)\//
        $nc = /\nExec(Start|StartPre|StartPost|Stop)\s{0,2}=[^\n]{0,80}\b(nc|ncat|netcat)\s[^\n|;#]{0,80}(-[a-z]{0,5}[ec]|--exec|--sh-exec)\s{1,4}["']?(\/usr)?\/bin\/(ba|da|z)?sh\b/
        $socat = /\nExec(Start|StartPre|StartPost|Stop)\s{0,2}=[^\n]{0,80}\bsocat\s[^\n]{0,120}exec:\s{0,2}["']{0,2}(\/bin\/)?(ba|da|z)?sh\b/ nocase
    condition:
        filesize < 16KB and $unit in (0..512) and any of ($tcp, $nc, $socat)
}

rule Candor_Backdoor_Start_File_Shell
{
    meta:
        class = "backdoor"
        description = "shell start file that gives a shell to a network address in the background"
        benign = "start files set variables and aliases"
        author = "Candor"
        date = "2026-11-24"
        sample = "0945201f78fd3ad45a6ddd0850aaa17082742925bd970e4cb81c095e60928843"
    strings:
        $line = /\n[ \t]{0,8}\(?\s{0,2}(nohup\s{1,4}|setsid\s{1,4}|exec\s{1,4})?(\/bin\/)?(bash|sh)\s{1,4}(-c\s{1,4}["'](\/bin\/)?(bash|sh)\s{1,4})?-i\s{0,4}[0-2]?(>&|&>)\s{0,4}\/dev\/(tcp|udp)\/[^\n]{1,120}&\s{0,2}\)?\s{0,2}(\n|disown)/
        $rc1 = "export PATH"
        $rc2 = "alias "
        $rc3 = "/etc/bash"
        $rc4 = ".bash_aliases"
        $rc5 = "HISTCONTROL"
        $fence = "```"
    condition:
        filesize < 64KB and $line and any of ($rc*) and not $fence and uint8(0) != 0x3c
}
