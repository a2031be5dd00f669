/* Libraries, modules and scripts that hide files, processes and connections. */

rule Candor_Rootkit_Preload_Script
{
    meta:
        class = "dropper"
        description = "script that writes ld.so.preload together with a library it compiles, fetches, decodes or locks"
        benign = "packages that preload a library install it with the package manager"
        author = "Candor"
        date = "2026-11-24"
        sample = "3940da9a617d985283d494ec949328fbfba298b5b2e255479636b6fee811514a"
    strings:
        $write = /(echo|printf|cat|cp|mv|tee)\s[^\n]{0,160}\/etc\/ld\.so\.preload/
        $how1 = /gcc\s[^\n]{0,120}-shared/
        $how2 = /\b(curl|wget)\s[^\n]{0,160}\.so\b/
        $how3 = /chattr\s{1,4}\+[aiu]{1,3}\s[^\n]{0,80}(ld\.so\.preload|\.so\b)/
        $how4 = /base64\s{1,4}(-d|--decode)[^\n]{0,60}\.so\b/
        $how5 = /\/etc\/ld\.so\.preload[^\n]{0,40}[\n;][^\n]{0,120}\b(touch -r|history -c)/
    condition:
        uint16(0) == 0x2123 and filesize < 4MB and $write and any of ($how*)
}

rule Candor_Rootkit_Process_Hider
{
    meta:
        class = "backdoor"
        description = "small preload library that replaces readdir to hide a process from /proc"
        benign = "fakeroot and chroot helpers replace many more calls and do not read process status"
        author = "Candor"
        date = "2026-11-24"
        sample = "63eccd5baf5b1adca2221acbe686c50ae0159bb331897df86f5ab03ab3ff6a42"
    strings:
        $dir = "readdir64"
        $sym = "dlsym"
        $self = "/proc/self/fd/%d"
        $stat1 = "/proc/%s/stat"
        $stat2 = "/proc/%s/cmdline"
        $stat3 = "/proc/%s/comm"
    condition:
        uint32(0) == 0x464c457f and uint16(16) == 3 and filesize < 256KB and
        $dir and $sym and $self and any of ($stat*)
}

rule Candor_Rootkit_Preload_Library
{
    meta:
        class = "backdoor"
        description = "preload library that hides itself and hooks logins, file lists and connections"
        benign = "the dynamic loader names ld.so.preload, but hooks neither PAM nor readdir"
        author = "Candor"
        date = "2026-11-24"
        sample = "da33d2d52e6bd887f05de1758e01b52ba590997c3d3a8070fd0986164ae8893a"
    strings:
        $preload = "ld.so.preload"
        $sym1 = "dlsym"
        $sym2 = "_dl_sym"
        $hook1 = "readdir64"
        $hook2 = "pam_authenticate"
        $hook3 = "pcap_loop"
        $hook4 = "__lxstat64"
        $hook5 = "fdopendir"
        $hook6 = "pututxline"
        $hook7 = "unlinkat"
        $hook8 = "getpwnam_r"
        $hook9 = "pam_sm_authenticate"
        $proc1 = "/proc/net/tcp"
        $proc2 = "/proc/%d"
        $proc3 = "/proc/self/"
    condition:
        uint32(0) == 0x464c457f and uint16(16) == 3 and filesize < 2MB and
        $preload and any of ($sym*) and 4 of ($hook*) and any of ($proc*) and any of ($hook2, $hook3, $hook6, $hook9)
}

rule Candor_Rootkit_Module_Elf
{
    meta:
        class = "backdoor"
        description = "Linux kernel module that gives a process root's credentials and filters file or connection lists"
        benign = "file servers change credentials, tracers hook functions; no module of a distribution does both and filters listings"
        author = "Candor"
        date = "2026-11-24"
        sample = "d9923c7102a1d1b7806e9f2073b0645c9b0eb1747f08f6d077bfc946512c7590"
    strings:
        $magic = "vermagic="
        $cred1 = "prepare_creds"
        $cred2 = "commit_creds"
        $list1 = "getdents64"
        $list2 = "tcp4_seq_show"
        $list3 = "tcp6_seq_show"
        $list4 = "sys_call_table"
        $list5 = "fillonedir"
        $hook1 = "kallsyms_lookup_name"
        $hook2 = "register_kprobe"
        $hook3 = "ftrace_set_filter_ip"
        $hook4 = "register_ftrace_function"
    condition:
        uint32(0) == 0x464c457f and uint16(16) == 1 and filesize < 4MB and $magic and
        all of ($cred*) and any of ($list*) and any of ($hook*)
}

rule Candor_Rootkit_Module_Loader
{
    meta:
        class = "dropper"
        description = "script that loads a known rootkit module or one from a temporary place, and makes it load at boot or hides it"
        benign = "drivers are loaded by modprobe from the kernel's own folder"
        author = "Candor"
        date = "2026-11-24"
        sample = "d107811668a23463b06b54b6ec87faf57d19b17bdd29245be12349de15954a21"
    strings:
        $known = /\b(insmod|modprobe)\s[^\n]{0,80}\b(diamorphine|reptile|suterusu|adore-ng|adore|knark|enyelkm|rkit|kovid|nuk3gh0st|puszek|singularity)(\.ko)?\b/
        $temp = /\binsmod\s{1,4}(-f\s{1,4})?["']?(\/tmp|\/var\/tmp|\/dev\/shm)\/\S{1,60}/
        $boot = /(>{1,2}|tee)\s[^\n]{0,20}(\/etc\/modules|\/etc\/modules-load\.d|\/etc\/rc\.local)/
        $hide1 = /\bkill\s{1,4}-(31|63|64)\s{1,4}(0|1|\$)/
        $hide2 = /rm\s{1,4}-r?f\s[^\n]{0,80}\.ko\b/
        $hide3 = "dmesg -C"
    condition:
        uint16(0) == 0x2123 and filesize < 4MB and
        (($known and any of ($boot, $hide1, $hide2, $hide3)) or ($temp and 2 of ($boot, $hide1, $hide2, $hide3)))
}
