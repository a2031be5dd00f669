/* Macros and documents that fetch or start programs. VBA is seen as text: a decompressed stream, or
 * an exported module. */

rule Candor_Macro_Auto_Download
{
    meta:
        class = "macro"
        description = "VBA module that runs when its document is opened and fetches a program"
        benign = "macros that query a service are started by a button and save no program"
        author = "Candor"
        date = "2026-11-24"
        sample = "88863e1db0e22fb18c64a610cb8971a7d85492f73b3ce96d5c9393c120bdd738"
    strings:
        $head = "Attribute VB_" nocase
        $auto = /\bSub\s{1,4}(Auto_?Open|Auto_?Exec|Document_?Open|Workbook_?Open|Workbook_Activate|AutoClose|Document_Close)\b/ nocase
        $get1 = "URLDownloadToFile" nocase
        $get2 = /CreateObject\s{0,2}\(\s{0,2}["'](MSXML2\.(Server)?XMLHTTP|Microsoft\.XMLHTTP|WinHttp\.WinHttpRequest)/ nocase
        $run1 = /\bShell\s{0,2}\(?\s{0,2}[\w"(]/ nocase
        $run2 = "WScript.Shell" nocase
        $run3 = "ShellExecute" nocase
        $run4 = "SaveToFile" nocase
    condition:
        filesize < 4MB and uint16be(0) != 0x2320 and $head in (0..64) and $auto and any of ($get*) and any of ($run*)
}

rule Candor_Macro_Auto_Shell
{
    meta:
        class = "macro"
        description = "VBA module that runs when its document is opened and starts a command interpreter"
        benign = "macros start other office programs by their object, not a shell at opening"
        author = "Candor"
        date = "2026-11-24"
        sample = "2cd792ab361a519391b88816056cc0449fc62fbdf4aa856b2e830247cdb8519b"
    strings:
        $head = "Attribute VB_" nocase
        $auto = /\bSub\s{1,4}(Auto_?Open|Auto_?Exec|Document_?Open|Workbook_?Open|Workbook_Activate|AutoClose|Document_Close)\b/ nocase
        $shell = /(\bShell\s{0,2}\(?|\.Run\s{0,2}\(?|\.Exec\s{0,2}\(?|ShellExecute\w?\s{0,2}\(?)[^\n]{0,40}["'](cmd(\.exe)?\s|powershell|mshta|rundll32|regsvr32|certutil|bitsadmin|wscript|cscript|\/bin\/(ba)?sh|bash -c|curl |python)/ nocase
    condition:
        filesize < 4MB and uint16be(0) != 0x2320 and $head in (0..64) and $auto and $shell
}

rule Candor_Macro_Auto_Spelled
{
    meta:
        class = "macro"
        description = "VBA module that runs when its document is opened and spells a command out of character codes"
        benign = "Chr() gives line ends and quotes, one at a time"
        author = "Candor"
        date = "2026-11-24"
        sample = "9ff00423abaa6b3bf2cd5a5a0c5e447617c7a30ffede1c04c0431425c677e57b"
    strings:
        $head = "Attribute VB_" nocase
        $auto = /\bSub\s{1,4}(Auto_?Open|Auto_?Exec|Document_?Open|Workbook_?Open|Workbook_Activate)\b/ nocase
        $chr = /(Chr[WB]?\$?\s{0,2}\(\s{0,2}(&H[0-9A-F]{2}|\d{2,3}|Asc\([^)\n]{1,8}\))\s{0,2}\)\s{0,2}[&+]\s{0,2}){8}/ nocase
        $run = /(\bShell\b|WScript|CreateObject\s{0,2}\(|CallByName|ExecuteExcel4Macro)/ nocase
    condition:
        filesize < 4MB and uint16be(0) != 0x2320 and $head in (0..64) and all of ($auto, $chr, $run)
}

rule Candor_Macro_Basic_Shell
{
    meta:
        class = "macro"
        description = "LibreOffice Basic module that starts a shell, interpreter or download"
        benign = "modules shipped with the office start nothing by these names"
        author = "Candor"
        date = "2026-11-24"
        sample = "5ff4ee657c2e8a4994e1058315d1bbd8121af3240585fabac33431cba287a414"
    strings:
        $module = "<script:module"
        $shell = /\bShell\s{0,2}\(?\s{0,2}(&quot;|")[^"&\n]{0,40}\b(bash|sh|curl|wget|python3?|perl|nc|powershell|cmd(\.exe)?|mshta)\b/ nocase
    condition:
        filesize < 4MB and $module in (0..512) and $shell
}

rule Candor_Exploit_Pdf_Launch
{
    meta:
        class = "exploit"
        description = "PDF that asks the reader to launch a command interpreter"
        benign = "launch actions open documents"
        author = "Candor"
        date = "2026-11-24"
        sample = "e3265c48db1108b080788c44a97da50fb84b2d1f0a6c362eecbd17ef6222c582"
    strings:
        $launch = /\/S\s{0,4}\/Launch\b/
        $what = /\/(F|P|Win)\s{0,4}(<<\s{0,4}\/F\s{0,4})?\([^)\n]{0,80}(cmd(\.exe)?|powershell(\.exe)?|\/bin\/(ba)?sh|mshta(\.exe)?|xterm|python3?)\b/ nocase
    condition:
        uint32be(0) == 0x25504446 and filesize < 64MB and all of them
}

rule Candor_Exploit_Office_Remote_Template
{
    meta:
        class = "exploit"
        description = "office relationship part that loads a template or object from a bare address, or through a protocol handler"
        benign = "templates of an organisation come from its own named host over HTTPS or a share"
        author = "Candor"
        date = "2026-11-24"
        sample = "f8290f5211882a9d288ca7e556235f613e95a39698a30d95a0f8cc719a868149"
    strings:
        $rels = "http://schemas.openxmlformats.org/package/2006/relationships"
        $plain = /Type="[^"]{20,120}\/(attachedTemplate|oleObject|frame|externalLinkPath)"[^>]{0,40}Target="(mhtml:|ms-msdt:|https?:\/\/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/])/ nocase
        $bang = /Target="(mhtml:)?https?:\/\/[^"]{4,200}\.html?!"/ nocase
        $external = /TargetMode="External"/ nocase
    condition:
        uint8(0) == 0x3c and filesize < 256KB and $rels in (0..512) and $external and any of ($plain, $bang)
}
