/* Lines that fetch something and run it, in the places where Linux starts things by itself. */

rule Candor_Downloader_Cron_Pipe
{
    meta:
        class = "downloader"
        description = "crontab line that pipes a download from a bare address, a paste site or plain HTTP into a shell"
        benign = "jobs fetch data; those that run what they fetch use a named host over HTTPS, which is not matched"
        author = "Candor"
        date = "2026-11-24"
        sample = "063af7b0a7467055927f8153467cbc6fdae831528ec9dd2868f07c714835f012"
    strings:
        $five = /(^|\n)[ \t]{0,4}(@(reboot|hourly|daily)|[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16}[ \t]{1,4}[\*0-9A-Za-z,\/-]{1,16})[ \t]{1,4}[^\n]{0,120}\b(curl|wget|lwp-download|python[0-9.]{0,4} -c)\b[^\n]{0,120}(http:\/\/|https?:\/\/\d{1,3}\.\d{1,3}\.|pastebin\.com\/raw|transfer\.sh\/|\.onion|\s\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[\/:])[^\n]{0,160}\|[ \t]{0,4}(sudo )?(\/bin\/)?(ba|da|z)?sh\b/
        $fence = "```"
    condition:
        filesize < 32KB and $five and not $fence and uint8(0) != 0x3c and uint8(0) != 0x7b
}

rule Candor_Dropper_Crontab_Install
{
    meta:
        class = "dropper"
        description = "script that adds a fetch-and-run line to a crontab"
        benign = "installers add jobs that run installed programs"
        author = "Candor"
        date = "2026-11-24"
        sample = "142a73f8245f65640400222e94f722b26fd6e37f51f4923e6112280ce241c6cd"
    strings:
        $pipe = /(echo|printf)\s[^\n]{0,30}(\*|@reboot)[^\n]{0,160}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b[^\n]{0,100}\|\s{0,4}crontab\s{1,4}-/
        $file = /(echo|printf)\s[^\n]{0,30}(\*|@reboot)[^\n]{0,160}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b[^\n]{0,100}>{1,2}\s{0,4}["']?(\/etc\/cron|\/var\/spool\/cron)/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and any of them
}

rule Candor_Dropper_Crontab_Temp
{
    meta:
        class = "dropper"
        description = "script that adds a job which runs a hidden or temporary file to a crontab"
        benign = "jobs run installed programs, not files in /tmp, /var/tmp or /dev/shm"
        author = "Candor"
        date = "2026-11-24"
        sample = "7342c037142281aebf88029f5817db31f4df180b07e10a4fdd932427fb25fea6"
    strings:
        $pipe = /(echo|printf)\s[^\n]{0,30}(\* \* \* \*|@reboot|@hourly)[^\n]{0,60}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)[^\n]{1,100}\|\s{0,4}crontab\s{1,4}-/
        $file = /(echo|printf)\s[^\n]{0,30}(\* \* \* \*|@reboot|@hourly)[^\n]{0,60}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)[^\n]{1,100}>{1,2}\s{0,4}["']?(\/etc\/cron|\/var\/spool\/cron)/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and any of them
}

rule Candor_Dropper_Startup_Line
{
    meta:
        class = "dropper"
        description = "script that appends a fetch-and-run line to rc.local, a profile or a shell's start file"
        benign = "installers append paths and completions"
        author = "Candor"
        date = "2026-11-24"
        sample = "3df14cf87a1950cfa5afec88bd25f82817ef5740cd540a12684390f6f0750461"
    strings:
        $line = /(echo|printf)\s[^\n]{0,120}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b[^\n]{0,80}>{1,2}\s{0,4}["']?(\/etc\/(rc\.local|rc\.d\/rc\.local|profile|bash\.bashrc|init\.d\/|environment)|(~|\$HOME|\/root|\/home\/[^\/\n]{1,32})\/\.(bashrc|profile|bash_profile|bash_login|zshrc|zprofile))/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $line
}

rule Candor_Downloader_Profile_Pipe
{
    meta:
        class = "downloader"
        description = "shell start file that pipes a download from a bare address or plain HTTP into a shell, unseen"
        benign = "start files set variables; an installer one runs by hand is not silenced and put in the background"
        author = "Candor"
        date = "2026-11-24"
        sample = "1b79f83aadede91a9a43fafae4d4909b836aba4c0544f4917a3a47c54e54b1c8"
    strings:
        $line = /\n[ \t]{0,8}\(?\s{0,2}(nohup\s{1,4})?(curl|wget)\s[^\n]{1,80}(http:\/\/|https?:\/\/\d{1,3}\.\d{1,3}\.)[^\n]{1,160}\|\s{0,4}(ba|da|z)?sh\b[^\n]{0,60}(>\s?\/dev\/null|&>\s?\/dev\/null)[^\n]{0,20}&\s{0,2}\)?\s{0,2}(\n|disown)/
        $rc1 = "export PATH"
        $rc3 = "alias "
        $rc4 = "/etc/bash"
        $rc5 = ".bashrc"
        $rc6 = "exit 0"
        $fence = "```"
    condition:
        filesize < 64KB and $line and any of ($rc*) and not $fence
}

rule Candor_Dropper_Systemd_Fetch
{
    meta:
        class = "dropper"
        description = "systemd unit whose command pipes a download into a shell"
        benign = "units start installed programs; those that update themselves call a tool"
        author = "Candor"
        date = "2026-11-24"
        sample = "e7a5a0fb69a6c15fc55a0040445c275ac420ec806dd30316887e1b0172ed595a"
    strings:
        $unit = "[Unit]"
        $exec = /\nExec(Start|StartPre|StartPost|Stop|Reload)\s{0,2}=[^\n]{0,60}(ba|da)?sh\s{1,4}-[a-z]{0,2}c\s[^\n]{0,160}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b/
    condition:
        filesize < 16KB and $unit in (0..512) and $exec
}

rule Candor_Dropper_Systemd_Temp
{
    meta:
        class = "dropper"
        description = "systemd unit that keeps a program in a temporary or hidden place running and starts it at boot"
        benign = "services live in /usr, /opt or /srv, which a reboot does not empty"
        author = "Candor"
        date = "2026-11-24"
        sample = "fd7345b1a1d339ce7b5ac86835aaedc34f73c548207129827c99eb536cf7708a"
    strings:
        $unit = "[Unit]"
        $exec = /\nExecStart\s{0,2}=[-@:+!]{0,2}\s{0,2}((\/usr)?\/bin\/(ba|da)?sh\s{1,4}(-c\s{1,4}["']?)?)?(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/usr\/bin\/\.|\/usr\/sbin\/\.|\/etc\/\.|\/var\/lib\/\.)/
        $keep = /\nRestart\s{0,2}=\s{0,2}(always|on-failure)/
        $boot = /\nWantedBy\s{0,2}=\s{0,2}(multi-user|default|sysinit|graphical)\.target/
    condition:
        filesize < 16KB and $unit in (0..512) and all of them
}

rule Candor_Dropper_Systemd_Write
{
    meta:
        class = "dropper"
        description = "script that writes a unit or timer which fetches and runs, or runs from a temporary place, and enables it"
        benign = "installers write units for the programs they install"
        author = "Candor"
        date = "2026-11-24"
        sample = "bf508a94b9d50d09c5f6034dfeb97d903a255d0cae6554197e61ffb58b782b9e"
    strings:
        $write = /(>{1,2}|tee)\s{0,4}["']?(\/etc|\/lib|\/usr\/lib)\/systemd\/system\/[^\n"'\/]{1,60}\.(service|timer)/
        $fetch = /\nExecStart\s{0,2}=[^\n]{0,120}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b/
        $temp = /\nExecStart\s{0,2}=[^\n]{0,20}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)/
        $enable = /systemctl\s{1,4}(--now\s{1,4})?(enable|start|daemon-reload)/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $write and $enable and any of ($fetch, $temp)
}

rule Candor_Dropper_Systemd_Run
{
    meta:
        class = "dropper"
        description = "script that leaves a transient timer behind which fetches and runs"
        benign = "transient timers run installed programs"
        author = "Candor"
        date = "2026-11-24"
        sample = "fd99c7dd17d2b68e5d3a9446a748af39b16bfcffe6dd2e3ee73585f7b7fbebdd"
    strings:
        $run = /systemd-run\s[^\n]{0,100}--(on-active|on-boot|on-startup|on-unit-active|on-calendar|timer-property)[^\n]{0,160}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $run
}

rule Candor_Dropper_Desktop_Entry
{
    meta:
        class = "dropper"
        description = "desktop entry whose command decodes or fetches a program and runs it, often behind a document's icon"
        benign = "launchers start one installed program"
        author = "Candor"
        date = "2026-11-24"
        sample = "3739e2d3c320d6565d60db7dd6c2eb2e7e96fb6e833bff066974924d979641e7"
    strings:
        $head = "[Desktop Entry]"
        $pipe = /\nExec\s{0,2}=[^\n]{0,200}\b(curl|wget|base64|xxd|echo)\s[^\n]{1,600}\|\s{0,4}(ba|da|z)?sh\b/
        $chmod = /\nExec\s{0,2}=[^\n]{0,300}\b(curl|wget|xxd|base64)\s[^\n]{1,600}chmod\s{1,4}(\+x|a\+x|u\+x|0?7[0-7]{2})/
        $tcp = /\nExec\s{0,2}=[^\n]{0,300}\/dev\/tcp\//
    condition:
        filesize < 2MB and $head in (0..512) and any of ($pipe, $chmod, $tcp)
}

rule Candor_Dropper_Udev_Rule
{
    meta:
        class = "dropper"
        description = "udev rule that runs a temporary file, a download or a connection"
        benign = "rules run helpers from /lib/udev or /usr"
        author = "Candor"
        date = "2026-11-24"
        sample = "3395a24e7323a870303e6cfb78e18e9a98a27f6e0946e1b2e87e8c2879b650b2"
    strings:
        $match = /(^|\n)[^#\n]{0,80}(ACTION|SUBSYSTEM|KERNEL|ENV\{[A-Z_]{1,32}\})==/
        $run = /RUN(\{program\})?\+?=\s{0,2}"[^"\n]{0,120}(\/tmp\/|\/dev\/shm\/|\/var\/tmp\/|\/dev\/tcp\/|\bcurl\s|\bwget\s)/
    condition:
        filesize < 64KB and all of them and uint16(0) != 0x2123 and uint8(0) != 0x3c
}

rule Candor_Dropper_Apt_Hook
{
    meta:
        class = "dropper"
        description = "APT configuration whose hook fetches and runs, or opens a connection"
        benign = "hooks refresh caches with installed programs"
        author = "Candor"
        date = "2026-11-24"
        sample = "89cef223c21098564d404cf82b019301fe4ab2795002626b5670cf904a967d40"
    strings:
        $hook = /(^|\n)\s{0,8}(APT::Update|DPkg)::(Pre|Post)-(Invoke|Invoke-Success|Install-Pkgs)\s{0,4}\{?\s{0,8}"[^"\n]{0,200}(\/dev\/tcp\/|\|\s{0,4}(ba|da)?sh\b|\b(nc|ncat)\s[^"\n]{0,80}-e\s|base64 -d)/ nocase
        $fence = "```"
    condition:
        filesize < 16KB and $hook and not $fence
}

rule Candor_Dropper_Base64_Pipe
{
    meta:
        class = "dropper"
        description = "shell script that decodes a long base64 word and runs it"
        benign = "self-extracting installers decode to a file and check it"
        author = "Candor"
        date = "2026-11-24"
        sample = "cfdf7504d044f929525821ad58939783b488b18f64907eadc9cd9bd61d849240"
    strings:
        $echo = /[A-Za-z0-9+\/=]{60}["']?\s{0,4}\|\s{0,4}base64\s{1,4}(-d|-D|-di|--decode)[^\n|]{0,20}(\|\s{0,4}(gunzip|gzip -d|zcat|xz -d)[^\n|]{0,20})?\|\s{0,4}(sudo\s{1,4})?(\/bin\/)?(ba|da|z)?sh\b/
        $here = /\b(ba|da|z)?sh\s{0,2}<<<\s{0,4}["']?\$\(\s{0,4}(echo\s[^\n|]{80,2000}\|\s{0,4})?base64\s{1,4}(-d|--decode)/
        $eval = /\beval\s{1,4}["']?\$\(\s{0,4}(echo|printf)\s{1,4}["']?[A-Za-z0-9+\/=]{80,2000}["']?\s{0,4}\|\s{0,4}base64\s{1,4}(-d|-D|--decode)/
    condition:
        uint16(0) == 0x2123 and filesize < 1MB and any of them
}

rule Candor_Dropper_Hex_Printf
{
    meta:
        class = "obfuscation"
        description = "shell script that evaluates a word spelled in twenty or more hexadecimal or octal escapes"
        benign = "escapes print colours and headers, they are not evaluated"
        author = "Candor"
        date = "2026-11-24"
        sample = "44ad3cccabf5f7e22d238f8cde420243182d04387937d92774a8e0ea357f17de"
    strings:
        $hex = /\b(eval|(ba)?sh -c)\s{1,4}["']?(\$\(|`)\s{0,2}(printf|echo -e|echo -ne)\s{1,4}["']?(\\x[0-9a-fA-F]{2}){20}/
        $oct = /\b(eval|(ba)?sh -c)\s{1,4}["']?(\$\(|`)\s{0,2}(printf|echo -e|echo -ne)\s{1,4}["']?(\\0?[0-7]{3}){20}/
        $ansi = /\b(eval|(ba)?sh -c)\s{1,4}\$'(\\x[0-9a-fA-F]{2}){20}/
    condition:
        uint16(0) == 0x2123 and filesize < 1MB and any of them
}

rule Candor_Dropper_Memfd_Script
{
    meta:
        class = "dropper"
        description = "Perl or Python that writes a program into an anonymous memory file and executes it"
        benign = "container tools do this in compiled code; test suites do not fetch or decode the program"
        author = "Candor"
        date = "2026-11-24"
        sample = "9f5fa78eb250dd89d7ed2ce265826174bc3afd23710b19668634cac030d910d4"
    strings:
        $make1 = /syscall\s{0,2}\(\s{0,2}(319|279|356|385)\s{0,2},/
        $make2 = "memfd_create("
        $path = /\/proc\/(\$\$|self|\{[^}\n]{0,20}\}|%d|["']\s{0,2}[.+])[^\n]{0,40}\/?fd\//
        $exec1 = /\bexec\s{0,2}[({]?\s{0,2}["'{]/
        $exec2 = /os\.exec(v|ve|l|le)\s{0,2}\(/
        $bytes1 = /pack\s{0,2}\(?\s{0,2}(q\/|["'])H\*/
        $bytes2 = "b64decode("
        $bytes3 = /urlopen\s{0,2}\(/
        $bytes4 = "unpack(\"u\""
        $bytes5 = "LWP::UserAgent"
        $bytes6 = "zlib.decompress("
    condition:
        filesize < 32MB and (uint16(0) == 0x2123 or uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d) and
        any of ($make*) and $path and any of ($exec*) and any of ($bytes*)
}

rule Candor_Dropper_Redis_Cron
{
    meta:
        class = "dropper"
        description = "Redis dump that carries a crontab line which fetches and runs"
        benign = "a cache that stores such a line between line breaks was attacked"
        author = "Candor"
        date = "2026-11-24"
        sample = "dfd0676132a71f3842dfa280000af9496c85a8a310a6c796aa2e99cd1c00d053"
    strings:
        $magic = "REDIS00"
        $cron = /\n\s{0,4}(\*\/?\d{0,2}|\d{1,2}) (\*\/?\d{0,2}|\d{1,2}) \* \* \* [^\n]{0,80}\b(curl|wget|cd1|wd1|bash -i|python)\b[^\n]{1,200}\n/
    condition:
        $magic at 0 and filesize < 64MB and $cron
}

rule Candor_Dropper_Redis_Key
{
    meta:
        class = "dropper"
        description = "Redis dump that carries an SSH public key on a line of its own"
        benign = "applications store keys as values, without blank lines around them"
        author = "Candor"
        date = "2026-11-24"
        sample = "b4b385228030249d253698a444cc984fdb7954994f782e6253f6cd2477a804fa"
    strings:
        $magic = "REDIS00"
        $key = /\n\n(ssh-rsa AAAAB3NzaC1yc2E|ssh-ed25519 AAAAC3NzaC1lZDI1)[A-Za-z0-9+\/=]{40,800}[^\n]{0,80}\n\n/
    condition:
        $magic at 0 and filesize < 64MB and $key
}
