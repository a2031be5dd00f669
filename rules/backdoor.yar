/* Ways back in: accounts, keys, PAM, sudo, hooks of editors and version control. */

rule Candor_Backdoor_Uid0_Account
{
    meta:
        class = "backdoor"
        description = "script that adds an account with user id 0 or writes such a line into passwd"
        benign = "system builders write root's own line into an image, not a second one into /etc"
        author = "Candor"
        date = "2026-11-24"
        sample = "70aa390dc6156cb5f99823d741333c0d552c910dbe9a891f9d976867383374fd"
    strings:
        $line = /(echo|printf)\s{1,4}(-e\s{1,4})?["']?([a-qs-z]\w{0,31}|r[a-np-z]\w{0,30}):[^:\n]{0,120}:0:0:[^\n]{0,80}>>\s{0,4}["']?\/etc\/passwd/
        $add1 = /\buseradd\s[^\n]{0,60}(-o|--non-unique)\s[^\n]{0,40}(-u|--uid)[ =]{0,2}0\b/
        $add2 = /\buseradd\s[^\n]{0,60}(-u|--uid)[ =]{0,2}0\s[^\n]{0,40}(-o\b|--non-unique)/
        $add3 = /\buseradd\s[^\n]{0,60}-(ou|ou0|uo)\s{0,2}0\s/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and any of them
}

rule Candor_Backdoor_Sudoers_Service
{
    meta:
        class = "backdoor"
        description = "script that gives a service account, or everybody, all of root's rights without a password"
        benign = "provisioning names the administrator's or the build's account"
        author = "Candor"
        date = "2026-11-24"
        sample = "9632ed7df05e3824a95059af7a9f5ec47fdd66038e6dd84b5e879f086082b5da"
    strings:
        $line = /(echo|printf)\s{1,4}(-e\s{1,4})?["']?(www-data|apache|nginx|nobody|daemon|games|mail|news|lp|sshd|ALL|%users)\s{1,4}ALL\s{0,2}=\s{0,2}\(?(ALL|root)(:ALL)?[^\n]{0,20}NOPASSWD:\s{0,2}ALL[^\n]{0,40}(>{1,2}|\|\s{0,4}(sudo\s{1,4})?tee\s[^\n]{0,10})\s{0,4}["']?\/etc\/sudoers/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $line
}

rule Candor_Backdoor_Ssh_Key_Locked
{
    meta:
        class = "backdoor"
        description = "script that writes an SSH key for root and makes the file immutable"
        benign = "provisioning appends keys but leaves the owner able to remove them"
        author = "Candor"
        date = "2026-11-24"
        sample = "586147b10dbf891ffab57514fa772335122e8a7b2fefd21e64323b37f112c41b"
    strings:
        $key = /(echo|printf)\s[^\n]{0,160}ssh-(rsa|ed25519|dss) AAAA[A-Za-z0-9+\/=]{16,800}[^\n]{0,80}>{1,2}[^\n]{0,60}authorized_keys/
        $lock = /\b(chattr|lockr|ctrr)\s{1,4}(-R\s{1,4})?[+-][aiu]{1,3}\s[^\n]{0,60}(authorized_keys|\.ssh)/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and all of them
}

rule Candor_Backdoor_Authorized_Command
{
    meta:
        class = "backdoor"
        description = "authorized_keys line whose forced command fetches and runs or opens a connection"
        benign = "forced commands restrict a key to one installed program"
        author = "Candor"
        date = "2026-11-24"
        sample = "9be5822ca06322bb25b37bf767984e51641bd3d253779911d6344b394097a886"
    strings:
        $line = /command="[^"\n]{0,200}(\/dev\/tcp\/|\b(curl|wget)\s[^"\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b)[^"\n]{0,200}"[^\n]{0,120}\s(ssh-(rsa|ed25519)|ecdsa-sha2-\S{4,20}) AAAA/
        $fence = "```"
    condition:
        filesize < 256KB and $line and not $fence
}

rule Candor_Backdoor_Pam_Elf
{
    meta:
        class = "backdoor"
        description = "PAM module that reads the password and writes it to a hidden or temporary file"
        benign = "modules log through syslog and name no hidden files"
        author = "Candor"
        date = "2026-11-24"
        sample = "0467573ec4475577463a1b10e0ed47745cb35c069a182da8dc6203b19be1430d"
    strings:
        $export = "pam_sm_authenticate"
        $token1 = "pam_get_authtok"
        $token2 = "pam_get_item"
        $path = /\x00(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/usr\/(bin|sbin|lib|share|include)\/\.|\/var\/(log|lib|run)\/\.|\/root\/\.|\/lib\/\.)[A-Za-z0-9._-]{2,32}\x00/
        $format = /\x00[^\x00\n]{0,24}%s[^\x00%]{1,16}%s[^\x00\n]{0,40}\n?\x00/
    condition:
        uint32(0) == 0x464c457f and filesize < 1MB and $export and any of ($token*) and $path and $format
}

rule Candor_Backdoor_Pam_Permit
{
    meta:
        class = "backdoor"
        description = "PAM service file that lets everybody in before any password is asked"
        benign = "pam_permit stands last and as required; sufficient before pam_unix opens the door"
        author = "Candor"
        date = "2026-11-24"
        sample = "aa7397b63f290041e377d49e76ef8fecfc7ba763072f064f3773165dc85c2abb"
    strings:
        $permit = /(^|\n)auth[ \t]{1,16}(sufficient|\[success=(done|[1-9])[^\]\n]{0,40}\])[ \t]{1,16}pam_permit\.so[^\n]{0,20}\n(([ \t]*#[^\n]*)?\n){0,8}(auth|@include)[ \t]/
        $unix1 = "pam_unix.so"
        $unix2 = "common-auth"
    condition:
        filesize < 8KB and $permit and any of ($unix*) and uint16(0) != 0x2123
}

rule Candor_Backdoor_Pam_Exec_Token
{
    meta:
        class = "backdoor"
        description = "PAM service file that hands passwords to a script in a hidden or temporary place"
        benign = "pam_exec with the password serves key stores in /usr or /etc"
        author = "Candor"
        date = "2026-11-24"
        sample = "eca6965d7464de40ee16da21e28232508e506f62e64abee6dc76b255ac46c910"
    strings:
        $line = /(^|\n)auth[ \t]{1,16}[a-z]{6,10}[ \t]{1,16}(\/\S{1,60}\/)?pam_exec\.so[ \t][^\n]{0,60}expose_authtok[^\n]{0,80}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/\.[A-Za-z0-9])/
    condition:
        filesize < 8KB and $line
}

rule Candor_Backdoor_Sshd_Elf
{
    meta:
        class = "backdoor"
        description = "SSH program with strings that record passwords or accept a magic one"
        benign = "OpenSSH as shipped never formats a password for writing"
        author = "Candor"
        date = "2026-11-24"
        sample = "1aa2681328f26613391718ce5e44f28172dcce2cb849b9fcc569540295d42031"
    strings:
        $ssh = "OpenSSH_"
        $log1 = "user:password --> %s:%s"
        $log2 = "pass_from: %s"
        $log3 = "+user: %s +password: %s"
        $log4 = /\x00[^\x00\n]{0,16}(user|login|usr)(name)?[ :=]{1,4}%s[^\x00\n]{0,16}(pass|password|passwd|pwd)[ :=]{1,4}%s/ nocase
        $log5 = "/usr/include/gpm2.h"
        $log6 = "/var/log/.sshd"
    condition:
        uint32(0) == 0x464c457f and filesize < 16MB and $ssh and any of ($log*)
}

rule Candor_Backdoor_Suid_Shell_Copy
{
    meta:
        class = "backdoor"
        description = "script that copies a shell to a temporary place and makes it set-user-id"
        benign = "no installer leaves a set-user-id shell behind"
        author = "Candor"
        date = "2026-11-24"
        sample = "d6219297c593eabaaf07f165934995a5ccb487b305b7879e5ab45c029dfa7839"
    strings:
        $copy = /\bcp\s{1,4}(-[a-z]{1,3}\s{1,4})?(\/usr)?\/bin\/(ba|da|z|k)?sh\s{1,4}["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/usr\/(local\/)?(bin|lib|share)\/\.)\S{0,60}\s{0,4}[;&\n]{1,3}[^\n]{0,80}\n?[^\n]{0,40}chmod\s{1,4}(u?\+[rwx]{0,3}s|[ugo]{0,3}\+s|[246]7[0-7]{2}|4[0-7]{3}|6[0-7]{3})\s/
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $copy
}

rule Candor_Stealer_Fake_Sudo
{
    meta:
        class = "stealer"
        description = "shell function or script that imitates sudo's question and stores or sends the answer"
        benign = "scripts that need rights call sudo, they do not ask in its name"
        author = "Candor"
        date = "2026-11-24"
        sample = "77f28f41a490d8ff4e1685191e3af22faba1805d69535b313807a5cc62b0b2a4"
    strings:
        $ask1 = /read\s{1,4}(-\w{1,3}\s{1,4}){0,3}-\w{0,2}p\w{0,1}\s{1,4}["']\[sudo\] password for/
        $ask2 = /(echo|printf)\s{1,4}(-n\w?\s{1,4})?["']\[sudo\] password for[^\n]{0,40}[;\n]\s{0,8}read\s{1,4}-\w{0,2}s/
        $keep = /(>{1,2}\s{0,4}["']?(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|~?\/?\S{0,40}\/\.)|\bcurl\s|\bwget\s|\/dev\/tcp\/|\bnc\s)/
        $fence = "```"
    condition:
        filesize < 64KB and any of ($ask*) and $keep and not $fence
}

rule Candor_Backdoor_Git_Config_Command
{
    meta:
        class = "backdoor"
        description = "git configuration of a repository that runs a download or connection when git is called"
        benign = "fsmonitor and sshCommand name a helper, not a pipeline"
        author = "Candor"
        date = "2026-11-24"
        sample = "795cfc5bbaec1c5533d927505dda97ac0b407146177d38feab777537f9bb75a0"
    strings:
        $core = "[core]"
        $run = /\n\s{0,8}(fsmonitor|sshCommand|editor|pager|hooksPath|textconv|smudge|clean)\s{0,4}=\s{0,4}[^\n]{0,120}(\/dev\/tcp\/|\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b|base64 -d[^\n]{0,20}\|\s{0,4}(ba)?sh\b)/ nocase
    condition:
        filesize < 32KB and $core in (0..512) and $run
}

rule Candor_Dropper_Git_Hook
{
    meta:
        class = "dropper"
        description = "script that plants a git hook which fetches and runs or opens a connection"
        benign = "tools that install hooks write calls of themselves"
        author = "Candor"
        date = "2026-11-24"
        sample = "96d79313746f367a9949ceaa3a1ca207faa93e59248a19ed4212eabe5f6e0b25"
    strings:
        $write = /(>{1,2}|tee|cp\s[^\n]{1,80})\s{0,4}[^\n]{0,80}(\.git\/hooks|git-core\/templates\/hooks|\$\w{1,20}\/hooks)\/(post-checkout|post-merge|post-commit|pre-commit|pre-push|post-receive|post-rewrite)/
        $fetch = /(echo|printf|\n)[^\n]{0,60}\b(curl|wget)\s[^\n]{1,200}\|\s{0,4}(ba|da|z)?sh\b/
        $tcp = /\/dev\/tcp\/\d/
        $chmod = /chmod\s{1,4}(\+x|a\+x|u\+x|0?7[0-7]{2})\s[^\n]{0,80}hooks/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $write and $chmod and any of ($fetch, $tcp)
}

rule Candor_Exploit_Vim_Modeline
{
    meta:
        class = "exploit"
        description = "modeline that makes Vim evaluate an expression which sources the file or runs a command"
        benign = "modelines set widths and file types"
        author = "Candor"
        date = "2026-11-24"
        sample = "082e29a8c8b46944cb95840a7bfec0cd19816776e6eec19557b5cc9c4be491eb"
    strings:
        $line = /\b(vi|vim|ex):[^\n]{0,120}\b(fdt|fde|foldtext|foldexpr|inde|indentexpr|statusline|stl|tbs|inex|includeexpr)=[^\n]{0,120}(assert_fails\s{0,2}\(\s{0,2}\\?["']source|nvim_input\s{0,2}\(|writefile\s{0,2}\(|execute\s{0,2}\(\s{0,2}\\?["'][^\n]{0,20}!|system\s{0,2}\()/
        $fence = "```"
    condition:
        filesize < 256KB and $line in (0..8192) and not $fence
}

rule Candor_Exploit_Emacs_Local
{
    meta:
        class = "exploit"
        description = "Emacs file variables that evaluate a command which fetches, connects or decodes"
        benign = "eval forms in file variables set indentation and hooks"
        author = "Candor"
        date = "2026-11-24"
        sample = "4cf50ff2d83bf00d8d348e4698c7da18f14fe3715a320740c5341ee6849947e5"
    strings:
        $vars1 = "Local Variables:"
        $vars2 = "-*-"
        $eval = /\beval:\s{0,4}\((progn\s{1,4}\()?(shell-command|async-shell-command|call-process|start-process|call-process-shell-command|shell-command-to-string)[^\n]{0,200}(\/dev\/tcp\/|\bcurl\s|\bwget\s|base64 -d|\bnc\s|\/tmp\/)/
    condition:
        filesize < 1MB and any of ($vars*) and $eval
}

rule Candor_Backdoor_Log_Wiper
{
    meta:
        class = "backdoor"
        description = "script that turns off the shell's history, empties login records and logs, and runs something from a temporary place or the network"
        benign = "image builders empty logs too, but run nothing fetched from a bare address or kept in /dev/shm"
        author = "Candor"
        date = "2026-11-24"
        sample = "5f6d3c8f7f538e85959e54278ac971af62749c2a07c3785a89f36118db6abf2c"
    strings:
        $hist1 = "unset HISTFILE"
        $hist2 = "HISTFILE=/dev/null"
        $hist3 = "HISTSIZE=0"
        $hist4 = "history -c"
        $log = /(>|truncate -s ?0|rm -r?f|shred( -\w{1,4})?|cat \/dev\/null >|echo (""|'')? ?>)\s{0,4}\/var\/(log\/(wtmp|btmp|lastlog|secure|auth\.log|messages|syslog|audit\/audit\.log)|run\/utmp|spool\/mail\/root)/
        $run1 = /(\/dev\/shm|\/tmp|\/var\/tmp)\/\.[^\s\/]{1,40}/
        $run2 = /\b(curl|wget)\s[^\n]{1,100}https?:\/\/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and any of ($hist*) and #log >= 3 and any of ($run*)
}
