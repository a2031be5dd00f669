/* Scripts written so that nobody reads them, and that run what they decode. */

rule Candor_Obfuscation_Js_Char_Codes
{
    meta:
        class = "obfuscation"
        description = "JavaScript that evaluates a word given as ten or more character codes"
        benign = "minifiers keep strings as strings"
        author = "Candor"
        date = "2026-11-24"
        sample = "7b6ab6e8db14412b4c84989bdd1ea439e2a1caa8a2e59d5d1c72c411855eda2c"
    strings:
        $eval = /\b(eval|Function|setTimeout|document\.write|execScript)\s{0,2}\(\s{0,2}(unescape\s{0,2}\(\s{0,2})?String\.fromCharCode\s{0,2}\(\s{0,2}((0x[0-9a-f]{2}|\d{1,3})\s{0,2},\s{0,2}){10}/ nocase
        $fence = "```"
    condition:
        filesize < 8MB and $eval and not $fence and uint16be(0) != 0x2320
}

rule Candor_Obfuscation_Js_Six_Characters
{
    meta:
        class = "obfuscation"
        description = "JavaScript written with nothing but the characters []()!+"
        benign = "examples of this style are short or quoted in another text"
        author = "Candor"
        date = "2026-11-24"
        sample = "202e60731fa8bebacf9fbc4e55bff901cb91120e16416209a0d9586a9b91474d"
    strings:
        $start = "[][(![]+[])[+"
        $more = "(![]+[])[+"
    condition:
        filesize > 512 and filesize < 8MB and $start in (0..64) and #more > 12
}

rule Candor_Obfuscation_Js_Eval_Atob
{
    meta:
        class = "obfuscation"
        description = "JavaScript that evaluates a long base64 or percent-escaped word"
        benign = "source maps and images are base64, and are not evaluated"
        author = "Candor"
        date = "2026-11-24"
        sample = "4a751251efa6e1fc9c613304499303499a5ae9eaa40bff4e2ca0be2eb7d7302f"
    strings:
        $atob = /\b(eval|Function|new Function)\s{0,2}\(\s{0,2}(decodeURIComponent\s{0,2}\(\s{0,2})?(escape\s{0,2}\(\s{0,2})?(window\.)?atob\s{0,2}\(\s{0,2}["'`][A-Za-z0-9+\/=]{100}/
        $buffer = /\b(eval|Function|new Function)\s{0,2}\(\s{0,2}(Buffer\.from|new Buffer)\s{0,2}\(\s{0,2}["'`][A-Za-z0-9+\/=]{100}/
        $escape = /\beval\s{0,2}\(\s{0,2}(unescape|decodeURIComponent|decodeURI)\s{0,2}\(\s{0,2}["'`](%[0-9a-f]{2}){30}/ nocase
        $fence = "```"
    condition:
        filesize < 8MB and any of ($atob, $buffer, $escape) and not $fence and uint16be(0) != 0x2320
}

rule Candor_Obfuscation_Js_Array_Loader
{
    meta:
        class = "obfuscation"
        description = "server-side JavaScript with renamed strings in a rotated array, that starts programs and talks to the network"
        benign = "sites hide their own code this way in the browser, where there is no child_process"
        author = "Candor"
        date = "2026-11-24"
        sample = "22615022dc3821d09c08b29a833cd9565261dac7d57a46b3939c484fe91cc577"
    strings:
        $loop = /while\s{0,2}\(\s{0,2}!!\[\]\s{0,2}\)\s{0,2}\{\s{0,2}try/
        $parse = /-?parseInt\s{0,2}\(\s{0,2}_0x[0-9a-f]{4,6}/
        $child = "child_process"
        $net1 = "axios"
        $net2 = "'https'"
        $net3 = "\"https\""
        $net4 = "socket.io-client"
        $net5 = "'http'"
        $place = /(homedir|tmpdir|hostname|platform)\b/
    condition:
        filesize < 8MB and $loop and #parse >= 3 and $child and any of ($net*) and $place and uint16be(0) != 0x2320
}

rule Candor_Dropper_Js_Script_Host
{
    meta:
        class = "dropper"
        description = "script for Windows' script host that fetches a program, saves and starts it"
        benign = "administration scripts of this kind copy from a share; kept on Linux in mail and file stores"
        author = "Candor"
        date = "2026-11-24"
        sample = "ee7ad6e380cf0fe18a18678f75915829581de3ff5384835f69ea0b00535515a4"
    strings:
        $http = /(MSXML2\.(Server)?XMLHTTP|Microsoft\.XMLHTTP|WinHttp\.WinHttpRequest)/ nocase
        $stream = "ADODB.Stream" nocase
        $save = "SaveToFile" nocase
        $shell = /(WScript\.Shell|Shell\.Application)/ nocase
        $run = /\.(Run|Exec|ShellExecute)\s{0,2}\(?/ nocase
        $temp = /(%TEMP%|%APPDATA%|%PUBLIC%|ExpandEnvironmentStrings|GetSpecialFolder)/ nocase
    condition:
        filesize < 1MB and all of them and uint16be(0) != 0x2320 and uint32be(0) != 0xd0cf11e0 and uint16be(0) != 0x4d5a
}

rule Candor_Obfuscation_Powershell_Encoded
{
    meta:
        class = "obfuscation"
        description = "PowerShell started hidden or without a profile with a long encoded command"
        benign = "management tools encode commands too, but wait for them in a visible console"
        author = "Candor"
        date = "2026-11-24"
        sample = "cd5b5a7472826f3ccad9204647d8c8140ecef8076d2343c61874bce16cc2c41c"
    strings:
        $line = /(powershell|pwsh)(\.exe)?["']?\s[^\n]{0,120}\s[-\/]e(c|n|nc|nco|ncodedcommand)?\s{1,4}["']?(JAB|SQB|aQB|cwB|WwB|IAB|dwB|UwB|KAB|LgB|UABv|cABv)[A-Za-z0-9+\/]{80}/ nocase
        $hide1 = "hidden" nocase
        $hide2 = /\s[-\/]nop(rofile)?\b/ nocase
        $hide3 = /\s[-\/](ep|exec|executionpolicy)\s{1,4}bypass/ nocase
        $fence = "```"
    condition:
        filesize < 1MB and $line and 2 of ($hide*) and not $fence
}

rule Candor_Obfuscation_Powershell_Layers
{
    meta:
        class = "obfuscation"
        description = "PowerShell that evaluates a base64 word after decompressing it"
        benign = "installers expand archives to disk"
        author = "Candor"
        date = "2026-11-24"
        sample = "beee05c72f78b55bfeb7a375477450a58801da54a2ecd480feea217d93d8cfde"
    strings:
        $b64 = "FromBase64String(" nocase
        $zip1 = "IO.Compression.GzipStream" nocase
        $zip2 = "IO.Compression.DeflateStream" nocase
        $read = /\.ReadToEnd\s{0,2}\(\s{0,2}\)/ nocase
        $run1 = /\b(IEX|Invoke-Expression)\s{0,2}[($&]/ nocase
        $run2 = /\|\s{0,2}(IEX|Invoke-Expression)\b/ nocase
        $run3 = /&\s{0,2}\(\s{0,2}\[scriptblock\]::create\s{0,2}\(/ nocase
        $fence = "```"
    condition:
        filesize > 512 and filesize < 4MB and $b64 and any of ($zip*) and $read and any of ($run*) and not $fence
}

rule Candor_Downloader_Powershell_Iex
{
    meta:
        class = "downloader"
        description = "PowerShell started hidden that evaluates what it fetches from a bare address or over plain HTTP"
        benign = "installers to paste use HTTPS and a visible window"
        author = "Candor"
        date = "2026-11-24"
        sample = "9fd4cf9fc19e7b3f6b2af208e8ca7e9bc3344379566f5113ab5e89026b13184f"
    strings:
        $get = /(iex|invoke-expression)[^\n]{0,40}(downloadstring|invoke-webrequest|iwr|invoke-restmethod|irm)\s{0,2}\(?\s{0,2}["']?(http:\/\/|https?:\/\/\d{1,3}\.\d{1,3}\.)/ nocase
        $hide1 = "hidden" nocase
        $hide2 = /\s[-\/]nop(rofile)?\b/ nocase
        $hide3 = "SW_HIDE"
        $fence = "```"
    condition:
        filesize < 1MB and $get and any of ($hide*) and not $fence
}

rule Candor_Trojan_Powershell_Amsi
{
    meta:
        class = "trojan"
        description = "PowerShell that switches the malware scan interface off in its own process"
        benign = "only tests of scanners do this"
        author = "Candor"
        date = "2026-11-24"
        sample = "d6b2f87d6627c179d7fb5a9a53c1978da75f1c8ea61ce5052e9b8bbc8060e60c"
    strings:
        $type = "System.Management.Automation.AmsiUtils" nocase
        $field1 = "amsiInitFailed" nocase
        $field2 = "amsiContext" nocase
        $set = /\.SetValue\s{0,2}\(\s{0,2}\$null\s{0,2},/ nocase
        $flags = "NonPublic,Static" nocase
        $fence = "```"
    condition:
        filesize < 1MB and $type and any of ($field*) and $set and $flags and not $fence
}

rule Candor_Obfuscation_Perl_Unpack_Eval
{
    meta:
        class = "obfuscation"
        description = "Perl that evaluates uuencoded, hexadecimal or base64 text"
        benign = "modules unpack data and evaluate templates, not one out of the other"
        author = "Candor"
        date = "2026-11-24"
        sample = "29a2cdc428c368922aa1922b914ec4bb78ad50a5c7677f9f2ddfef2df372383a"
    strings:
        $perl = /^#![^\n]{1,40}perl/
        $unpack = /\beval\s{0,2}[({]?\s{0,2}unpack\s{0,2}\(?\s{0,2}["']?u["']?\s{0,2}(=>|,)\s{0,2}(q|["']|<<)/
        $pack = /\beval\s{0,2}[({]?\s{0,2}pack\s{0,2}\(?\s{0,2}["']H\*["']\s{0,2}(=>|,)\s{0,2}(q|["']|<<)/
        $b64 = /\beval\s{0,2}[({]?\s{0,2}(MIME::Base64::)?decode_base64\s{0,2}\(\s{0,2}["'q]/
    condition:
        filesize < 4MB and $perl at 0 and any of ($unpack, $pack, $b64)
}
