/* Packages for npm and PyPI, and build files, that do harm when they are installed. */

rule Candor_Downloader_Npm_Script_Pipe
{
    meta:
        class = "downloader"
        description = "package.json whose install script pipes a download into a shell, or evaluates it"
        benign = "packages fetch prebuilt files with a tool of their own, after checking them"
        author = "Candor"
        date = "2026-11-24"
        sample = "8a985d067092929023a79a380dfa296054de5abbdfec2cc28fe72ce1034af816"
    strings:
        $pipe = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,240}\b(curl|wget)\s([^"\n]|\\"){1,240}\|\s{0,4}(sudo\s{1,4})?(ba|da|z)?sh\b/
        $node = /"(pre|post)?install"\s{0,4}:\s{0,4}"node\s{1,4}(-e|--eval)\s([^"\n]|\\"){0,240}(eval\s{0,2}\(|child_process|Buffer\.from\s{0,2}\()/
        $shell = /"(pre|post)?install"\s{0,4}:\s{0,4}"([^"\n]|\\"){0,240}(\/dev\/tcp\/|\b(nc|ncat)\s[^"\n]{0,80}-e\s|powershell[^"\n]{0,80}\s-e(nc|ncodedcommand)?\s)/ nocase
    condition:
        uint8(0) == 0x7b and filesize < 256KB and any of them
}

rule Candor_Stealer_Npm_Script_Exfil
{
    meta:
        class = "stealer"
        description = "package.json whose install script sends the user's name, host, environment or files away"
        benign = "install scripts build the package; statistics are not sent with curl and whoami"
        author = "Candor"
        date = "2026-11-24"
        sample = "f163394776bbf4f2faab3397cf500e8fd02b376268068a1840b1c2a697b0a240"
    strings:
        $send = /"(pre|post)?install"\s{0,4}:\s{0,4}"([^"\n]|\\"){0,240}\b(curl|wget|nslookup|dig|ping|host)\s([^"\n]|\\"){0,240}(\$\(|`)\s{0,2}(whoami|hostname|id\b|env\b|printenv|uname|pwd|cat\s)/
        $env = /"(pre|post)?install"\s{0,4}:\s{0,4}"([^"\n]|\\"){0,120}\b(env|printenv|cat\s{1,4}(~|\/etc\/passwd|\$HOME)[^|"\n]{0,60})\s{0,4}\|([^"\n]|\\"){0,60}\b(curl|nc|wget)\s/
    condition:
        uint8(0) == 0x7b and filesize < 256KB and any of them
}

rule Candor_Stealer_Npm_Env_Post
{
    meta:
        class = "stealer"
        description = "JavaScript that sends the environment, host and user to a request catcher, a chat hook or a bare address"
        benign = "crash reporters send to their maker's host and ask first"
        author = "Candor"
        date = "2026-11-24"
        sample = "8e24fada3d941b12de68341d9f5fdcb9de6e57bc393867c28a6ae48e044e9949"
    strings:
        $env = /JSON\.stringify\s{0,2}\([^;]{0,200}process\.env\b/
        $env2 = /Object\.(entries|keys|assign)\s{0,2}\([^;\n]{0,20}process\.env\s{0,2}\)/
        $host = /os\.hostname\s{0,2}\(\)/
        $user = /os\.(userInfo|homedir)\s{0,2}\(\)/
        $send = /\b(https?\.request|https?\.get|fetch|axios\.post|request\.post|dns\.(resolve|lookup))\s{0,2}\(/
        $to = /\b[\w.-]{1,80}\.(oastify\.com|burpcollaborator\.net|m\.pipedream\.net|interact\.sh|oast\.(fun|live|me|pro|site|online)|requestbin\.(com|net)|requestcatcher\.com|canarytokens\.com)|webhook\.site\/|discord(app)?\.com\/api\/webhooks\/\d|api\.telegram\.org\/bot\d|hooks\.slack\.com\/services\/T/
        $fence = "```"
    condition:
        filesize < 4MB and any of ($env, $env2) and ($host or $user) and $send and $to and not $fence and uint16be(0) != 0x2320
}

rule Candor_Trojan_Npm_Worm
{
    meta:
        class = "trojan"
        description = "JavaScript that collects publishing tokens and publishes changed packages with them"
        benign = "release tools publish the package they live in, with the token they are given; they hunt for none"
        author = "Candor"
        date = "2026-11-24"
        sample = "bca9dbff87d6ef41abbf01a6be4b57aa2d56f46f4058362ff94d7e23252f6d4c"
    strings:
        $publish = /npm['"]?\s?,?\s?\[?['"]?\s?publish/
        $token = "_authToken"
        $who = "/-/whoami"
        $list = /-\/v1\/search\?text=maintainer:|maintainer:\$\{/
        $hunt1 = "trufflehog"
        $hunt2 = "Shai-Hulud" nocase
        $hunt3 = "169.254.169.254"
        $hunt4 = "webhook.site/"
        $hook = /["']?(pre|post)install["']?\]?\s{0,2}[:=]\s{0,2}["'`]node\s/
    condition:
        filesize < 32MB and $publish and $token and ($who or $list) and $hook and any of ($hunt*) and
        uint16be(0) != 0x2320
}

rule Candor_Trojan_Pypi_Exec_Base64
{
    meta:
        class = "trojan"
        description = "setup.py that executes code kept as base64, hex or a compressed word"
        benign = "set-up scripts read the version from a file; they hide no code"
        author = "Candor"
        date = "2026-11-24"
        sample = "d5fbd6de9a059876ca35afc09f318ce926f7411c3694bbae6ad880f25e4dbe35"
    strings:
        $setup1 = "from setuptools import"
        $setup2 = "import setuptools"
        $setup3 = "from distutils.core import"
        $call = /\bsetup\s{0,2}\(/
        $run = /\b(exec|eval|os\.system|os\.popen|subprocess\.(Popen|call|run))\s{0,2}\(\s{0,2}(compile\s{0,2}\(\s{0,2})?(__import__\s{0,2}\(\s{0,2}["'](base64|zlib|marshal|codecs|binascii)["']\s{0,2}\)|base64|zlib|marshal|codecs|binascii|bytes\.fromhex|b64decode|b85decode|a85decode)\b/
        $fence = "```"
    condition:
        filesize < 2MB and any of ($setup*) and $call and $run and uint8(0) != 0x3c and not $fence
}

rule Candor_Downloader_Pypi_Exec_Remote
{
    meta:
        class = "downloader"
        description = "setup.py or package code that executes what it fetches"
        benign = "set-up scripts fetch archives and unpack them; they do not evaluate a page"
        author = "Candor"
        date = "2026-11-24"
        sample = "17593880384ac90b705364fb46421db9bba3e51a87d9d15294fe1af3a65d1120"
    strings:
        $exec = /\bexec\s{0,2}\(\s{0,2}(compile\s{0,2}\(\s{0,2})?(requests\.get|urllib\.request\.urlopen|urllib2\.urlopen|urlopen|httpx\.get|__import__\s{0,2}\(\s{0,2}["'](requests|urllib\.request|urllib2)["']\s{0,2}\)\.(get|urlopen))\s{0,2}\(\s{0,2}[frb]{0,2}["']https?:/
        $fence = "```"
    condition:
        filesize < 1MB and $exec and not $fence and uint8(0) != 0x7b and uint8(0) != 0x3c
}

rule Candor_Trojan_Pypi_Install_Command
{
    meta:
        class = "trojan"
        description = "setup.py that replaces the install command to send the user's name and host away or start something hidden"
        benign = "install commands are replaced to build extensions"
        author = "Candor"
        date = "2026-11-24"
        sample = "cbbf4e3f6803c0b51decf987fb437ccc75f2e4057acdb29b5816b6c1e7f028af"
    strings:
        $cmd = /cmdclass\s{0,2}=/
        $install = /class\s{1,4}\w{1,40}\s{0,2}\(\s{0,2}(install|develop|egg_info|build_py)\s{0,2}\)/
        $who1 = /(getpass\.getuser|os\.getlogin)\s{0,2}\(\)/
        $who2 = /(socket\.gethostname|platform\.node)\s{0,2}\(\)/
        $send1 = /(requests\.(get|post)|urlopen|urllib\.request\.Request)\s{0,2}\(/
        $send2 = /socket\.(gethostbyname|create_connection)\s{0,2}\(/
        $hide1 = /subprocess\.(Popen|run|call)\s{0,2}\([^\n]{0,160}(creationflags\s{0,2}=\s{0,2}(0x08000000|subprocess\.CREATE_NO_WINDOW)|powershell[^\n]{0,40}hidden|curl [^\n]{0,120}\|\s{0,2}(ba)?sh)/ nocase
    condition:
        filesize < 256KB and $cmd and $install and ((all of ($who*) and any of ($send*)) or $hide1)
}

rule Candor_Trojan_Python_Pth
{
    meta:
        class = "trojan"
        description = "one-line Python path file that runs hidden or fetched code in every interpreter"
        benign = "path files of packages import a module; coverage's calls one function"
        author = "Candor"
        date = "2026-11-24"
        sample = "75f134631fc04633ce670793627cc25dd83055a86cd7b8e1e70731850df9fe80"
    strings:
        $import = /import\s[\w, .]{1,80};[^\n]{0,400}\b(exec|eval|os\.system|subprocess\.\w{1,16})\s{0,2}\(/
        $what = /(b64decode|base64|urlopen|requests\.get|zlib\.decompress|marshal\.loads|\bcurl\s|\/tmp\/)/
    condition:
        filesize < 64KB and uint32be(0) == 0x696d706f and $import at 0 and $what in (0..4096)
}

rule Candor_Obfuscation_Python_Exec_Layers
{
    meta:
        class = "obfuscation"
        description = "Python that executes text through decompression and base64, often reversed"
        benign = "installers that carry archives write them to disk; they do not execute a compressed word"
        author = "Candor"
        date = "2026-11-24"
        sample = "df151403a7a40c43556fd03ba5413a95c5daa18c5adbdc95635358dba816bba0"
    strings:
        $direct = /\bexec\s{0,2}\(\s{0,2}(compile\s{0,2}\(\s{0,2})?(marshal\.loads\s{0,2}\(\s{0,2})?(zlib|lzma|bz2|gzip)\.decompress\s{0,2}\(\s{0,2}(base64\.)?(b64decode|b85decode|b32decode|a85decode)\s{0,2}\(\s{0,2}[^\n]{0,12}["'\w]/
        $lambda = /__import__\s{0,2}\(\s{0,2}["']zlib["']\s{0,2}\)\.decompress\s{0,2}\(\s{0,2}__import__\s{0,2}\(\s{0,2}["']base64["']\s{0,2}\)\.b64decode\s{0,2}\(/
        $marshal = /\bexec\s{0,2}\(\s{0,2}(__import__\s{0,2}\(\s{0,2}["']marshal["']\s{0,2}\)|marshal)\.loads\s{0,2}\(\s{0,2}(b["']|zlib|base64|__import__|gzip|lzma)/
        $fernet = /\bexec\s{0,2}\(\s{0,2}Fernet\s{0,2}\(\s{0,2}b?["'][A-Za-z0-9_=-]{40,48}["']\s{0,2}\)\.decrypt\s{0,2}\(/
        $fence = "```"
    condition:
        filesize < 32MB and any of ($direct, $lambda, $marshal, $fernet) and not $fence and uint8(0) != 0x3c and
        uint8(0) != 0x7b
}

rule Candor_Downloader_Build_File
{
    meta:
        class = "downloader"
        description = "Makefile, configure or build script step that decodes or transforms a test file and runs it"
        benign = "tests compare files, they do not pipe them through tr and a decompressor into a shell"
        author = "Candor"
        date = "2026-11-24"
        sample = "845ee9c492c66d057adc5e95df1842a6244e70a2e2c7add8504985609df399d7"
    strings:
        $tr = /\btr\s{1,4}["'\\][^\n]{4,60}\|\s{0,4}(xz|gzip|bzip2|zstd)\s[^\n|]{0,40}\|\s{0,4}(\/bin\/)?(ba|da)?sh\b/
        $eval = /\beval\s[^\n]{0,60}\b(sed|tr|head|tail)\s[^\n]{0,160}\|\s{0,4}(xz|gzip|bzip2)\s{1,4}-[a-z]{0,4}d[^\n|]{0,40}\|\s{0,4}(\/bin\/)?(ba|da)?sh\b/
        $fence = "```"
    condition:
        filesize < 4MB and any of ($tr, $eval) and uint8(0) != 0x3c and not $fence
}
