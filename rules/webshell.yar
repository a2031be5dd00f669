/* Pages that run what the visitor sends. Each rule wants the language's opening mark near the start
 * of the file, so that prose about web shells does not match. */

rule Candor_Webshell_Php_Eval_Request
{
    meta:
        class = "webshell"
        description = "PHP that evaluates a request field, bare or through decoding functions"
        benign = "no application evaluates its visitors' input as code"
        author = "Candor"
        date = "2026-11-24"
        sample = "6830f1ded04fb970f9fc9610cd720ed5a91b6a022c34f9555da7f44c116a9d10"
    strings:
        $open = "<?php" nocase
        $run = /\b(eval|assert)\s{0,4}\(\s{0,4}(@?\s{0,4}(base64_decode|gzinflate|gzuncompress|str_rot13|stripslashes|trim|urldecode|rawurldecode|hex2bin|strrev)\s{0,4}\(\s{0,4}){0,4}@?\$_(POST|GET|REQUEST|COOKIE|SERVER)\s{0,4}[\[{]/ nocase
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $run
}

rule Candor_Webshell_Php_Exec_Request
{
    meta:
        class = "webshell"
        description = "PHP that hands a request field to a shell"
        benign = "administration pages pass fixed commands or escape what they pass"
        author = "Candor"
        date = "2026-11-24"
        sample = "7de19cad169cee82e229e58be32c0a7d51c2654fd9fed78d75334a7891789fd5"
    strings:
        $open = "<?php" nocase
        $run = /\b(system|passthru|shell_exec|popen|proc_open|pcntl_exec|exec)\s{0,4}\(\s{0,4}(@?\s{0,4}(base64_decode|stripslashes|trim|urldecode|hex2bin)\s{0,4}\(\s{0,4}){0,3}@?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}[\[{]/ nocase
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $run
}

rule Candor_Webshell_Php_Backtick_Request
{
    meta:
        class = "webshell"
        description = "PHP that puts a request field between backticks, which is a shell"
        benign = "backticks around a request field have no honest use"
        author = "Candor"
        date = "2026-11-24"
        sample = "da07097e3adb222c03d9ced34edb3846111e2de6b55c572e8104a388b3c0ef9b"
    strings:
        $open = "<?php" nocase
        $run = /(echo|print|=|\()\s{0,4}`\s{0,4}\{?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[[^\]\n]{1,40}\]\}?\s{0,4}`/
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $run
}

rule Candor_Webshell_Php_Request_Calls_Request
{
    meta:
        class = "webshell"
        description = "PHP in which one request field names the function and another its argument"
        benign = "routers look names up in a table, they do not call what was sent"
        author = "Candor"
        date = "2026-11-24"
        sample = "d6cd967c9e76dfb1bf4db363b35251e2eef8f5e415f72929c2037800fe5923c8"
    strings:
        $open = "<?php" nocase
        $call = /\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[[^\]\n]{1,40}\]\s{0,4}\(\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $call
}

rule Candor_Webshell_Php_Callback_Request
{
    meta:
        class = "webshell"
        description = "PHP that passes assert, system or eval code and a request field to a callback function"
        benign = "callbacks with these names and a visitor's value have no honest use"
        author = "Candor"
        date = "2026-11-24"
        sample = "f693d6a39978769b09fab08a1087314b2851ac2eb105baf3a583d188e04ca5d0"
    strings:
        $open = "<?php" nocase
        $map = /\b(array_map|array_filter|array_walk|call_user_func|call_user_func_array|usort|uasort|register_shutdown_function|ob_start)\s{0,4}\([^\n;]{0,60}["'](assert|system|exec|passthru|shell_exec)["'][^\n;]{0,60}\$_(POST|GET|REQUEST|COOKIE)/ nocase
        $filter = /\b(array_map|array_filter|call_user_func|usort|uasort)\s{0,4}\([^\n;]{0,40}\$_(POST|GET|REQUEST|COOKIE)[^\n;]{0,60},\s{0,4}["'](assert|system|exec|passthru|shell_exec)["']/ nocase
        $create = /\bcreate_function\s{0,4}\(\s{0,4}["'][^"'\n]{0,20}["']\s{0,4},[^\n;]{0,40}\$_(POST|GET|REQUEST|COOKIE)/ nocase
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and any of ($map, $filter, $create)
}

rule Candor_Webshell_Php_Preg_Eval
{
    meta:
        class = "webshell"
        description = "PHP preg_replace with the /e modifier over a catch-all pattern, fed by a request field or decoder"
        benign = "old template code used /e with narrow patterns and fixed replacements"
        author = "Candor"
        date = "2026-11-24"
        sample = "0451d39ac87158ce0b4d7e3eaa82316b722b34393946454ea3c16b45b0c0014a"
    strings:
        $open = "<?php" nocase
        $e = /preg_replace\s{0,4}\(\s{0,4}["']([\/#~|])(\.\*|\.\+|\[[^\]\n]{1,8}\]|\w{1,8}|\(\.\*\)|\(\.\+\)|\^)?\$?[\/#~|][imsxu]{0,4}e[imsxu]{0,4}["']\s{0,4},\s{0,4}@?(\$_(POST|GET|REQUEST|COOKIE)|base64_decode|gzinflate|str_rot13|chr\s{0,4}\(|["']\\x)/ nocase
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $e
}

rule Candor_Webshell_Php_Eval_Input
{
    meta:
        class = "webshell"
        description = "PHP that evaluates a page fetched over the network or, in a file of under 4 KiB, the raw request body"
        benign = "code is included from the disk; development consoles that evaluate the body are larger"
        author = "Candor"
        date = "2026-11-24"
        sample = "a757f4406ede517172ca8c8eb0f95c02589964c97738cde7eb8cf19a8207e5fe"
    strings:
        $open = "<?php" nocase
        $body = /\beval\s{0,4}\([^\n;]{0,60}file_get_contents\s{0,4}\(\s{0,4}["']php:\/\/input/ nocase
        $web = /\beval\s{0,4}\(\s{0,4}(["']\s{0,4}\?>\s{0,4}["']\s{0,4}\.\s{0,4})?@?(base64_decode\s{0,4}\(\s{0,4})?file_get_contents\s{0,4}\(\s{0,4}["']https?:/ nocase
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and ($web or ($body and filesize < 4KB))
}

rule Candor_Webshell_Php_Decoded_Layers
{
    meta:
        class = "webshell"
        description = "PHP that evaluates text through two or more decoders at once"
        benign = "licensed code protectors use a loader of their own; one decoder alone is not enough here"
        author = "Candor"
        date = "2026-11-24"
        sample = "f644f6231495798f985464e3a1d06eb4b95bff50d3bb3a1fa3928bbff0252145"
    strings:
        $open = "<?php" nocase
        $eval = /\b(eval|assert)\s{0,4}\(\s{0,4}(["']\s{0,4}\?>\s{0,4}["']\s{0,4}\.\s{0,4})?@?(gzinflate|gzuncompress|gzdecode|str_rot13|strrev|base64_decode|rawurldecode|convert_uudecode)\s{0,4}\(\s{0,4}@?(gzinflate|gzuncompress|gzdecode|str_rot13|strrev|base64_decode|rawurldecode|convert_uudecode)\s{0,4}\(\s{0,4}/ nocase
    condition:
        filesize > 256 and filesize < 4MB and uint16be(0) != 0x2320 and $open in (0..64) and $eval
}

rule Candor_Webshell_Php_Index_Spelling
{
    meta:
        class = "obfuscation"
        description = "PHP that spells function names character by character out of a global string and calls them or reads request fields"
        benign = "tables are indexed, but eight characters in a row are not joined to a word and called"
        author = "Candor"
        date = "2026-11-24"
        sample = "dac6d90f675d3133a5e46ed1d266b18a004320ed3f9690374b64d61cb6824309"
    strings:
        $open = "<?php" nocase
        $spell = /(\$GLOBALS\[["'][^\]\n]{1,16}["']\][\[{]\d{1,3}[\]}]\s?\.\s?){8}/
        $field = /\$_(POST|GET|REQUEST|COOKIE)\b/
        $call = /\$GLOBALS\[["'][^\]\n]{1,16}["']\]\(/
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $spell and any of ($field, $call)
}

rule Candor_Webshell_Php_Chr_Spelling
{
    meta:
        class = "obfuscation"
        description = "PHP that spells a name with chr() joined eight times and evaluates or takes request fields"
        benign = "binary protocols join chr() too, but evaluate nothing and read no request"
        author = "Candor"
        date = "2026-11-24"
        sample = "e2d9f4a229d3a46ffa2c2e12678946821c19ab14220faf2b1bb0dc934aac5b76"
    strings:
        $open = "<?php" nocase
        $spell = /(chr\s{0,2}\(\s{0,2}(0x[0-9a-f]{2}|\d{2,3})\s{0,2}\)\s{0,2}\.\s{0,2}){8}/ nocase
        $eval = /\b(eval|assert)\s{0,4}\(\s{0,4}\$/ nocase
        $call = /\$\w{1,16}\s{0,4}\(\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE)/
    condition:
        filesize < 512KB and uint16be(0) != 0x2320 and $open in (0..64) and $spell and any of ($eval, $call)
}

rule Candor_Webshell_Php_In_Image
{
    meta:
        class = "webshell"
        description = "an image header followed by PHP that runs code or reads request fields"
        benign = "image data and metadata do not hold a PHP tag together with an evaluating call"
        author = "Candor"
        date = "2026-11-24"
        sample = "5d0ed9337eb21c3b06477adddd6d18961a4aab8d96c2bb3f26723b55793553e9"
    strings:
        $open = "<?php" nocase
        $run = /\b(eval|assert|system|passthru|shell_exec|base64_decode|move_uploaded_file)\s{0,4}\(/ nocase
        $field = /\$_(POST|GET|REQUEST|COOKIE|FILES)\s{0,4}\[/
    condition:
        filesize < 4MB and
        (uint32(0) == 0x38464947 or uint32be(0) == 0x89504e47 or uint32be(0) & 0xffffff00 == 0xffd8ff00 or uint16be(0) == 0x424d) and
        $open and $run and $field
}

rule Candor_Webshell_Php_Console
{
    meta:
        class = "webshell"
        description = "one PHP file with every organ of a remote console: shell calls, user lookups, rights, uploads, system name"
        benign = "file managers and dashboards have some of these, not all in one file"
        author = "Candor"
        date = "2026-11-24"
        sample = "ea4d1c94419db8210b235f86cd9331b60306b6ce05d9bfa17628b3820fd393c5"
    strings:
        $open = "<?php" nocase
        $run1 = "shell_exec" nocase
        $run2 = "passthru" nocase
        $run3 = "proc_open" nocase
        $run4 = "popen(" nocase
        $who = "posix_getpwuid" nocase
        $name = "php_uname(" nocase
        $disabled = "disable_functions" nocase
        $upload = "move_uploaded_file" nocase
        $rights = "fileperms(" nocase
        $field = /\$_(POST|GET|REQUEST|COOKIE)\s{0,2}\[/
    condition:
        filesize < 1MB and uint16be(0) != 0x2320 and $open in (0..64) and 3 of ($run*) and $who and $name and $disabled and
        ($upload or $rights) and $field
}

rule Candor_Webshell_Php_Bare_Uploader
{
    meta:
        class = "webshell"
        description = "a small PHP page that shows the system's name and stores any uploaded file"
        benign = "an upload form has no reason to print the kernel version"
        author = "Candor"
        date = "2026-11-24"
        sample = "906f5314bde91f946d4de4fa56044fdba46709f0e766633a54b3e1ea8e2e7899"
    strings:
        $open = "<?php" nocase
        $name = "php_uname(" nocase
        $files = "$_FILES["
        $store = /\b(move_uploaded_file|copy)\s{0,4}\(\s{0,4}\$_FILES\s{0,4}\[/ nocase
        $form = "multipart/form-data" nocase
    condition:
        filesize < 8KB and uint16be(0) != 0x2320 and $open in (0..64) and $name and $files and $store and $form
}

rule Candor_Webshell_Htaccess_Php
{
    meta:
        class = "webshell"
        description = "Apache directives that make images, text or the .htaccess file itself run as PHP, or prepend encoded code"
        benign = "sites map .php and .phtml; no site runs its pictures"
        author = "Candor"
        date = "2026-11-24"
        sample = "8687874fe5cfaf15fd2954c4cc24d7551cc4b9051148d71d7cbf79db87e9dfe9"
    strings:
        $type = /(AddType|AddHandler)\s{1,8}(application\/x-httpd-php\d?|php\d?-script|application\/x-httpd-php-source)\s{1,8}[^\n]{0,40}\.(htaccess|jpe?g|png|gif|ico|txt|css|bmp)\b/ nocase
        $force = /<FilesMatch[^>\n]{0,60}(jpe?g|png|gif|ico|txt)[^>\n]{0,20}>\s{1,8}SetHandler\s{1,8}["']?application\/x-httpd-php/ nocase
        $data = /php_value\s{1,8}auto_(prepend|append)_file\s{1,8}["']?(data:|php:\/\/filter|\/tmp\/|\/dev\/shm\/|\/var\/tmp\/)/ nocase
        $markdown = "```"
    condition:
        filesize < 16KB and any of ($type, $force, $data) and not $markdown and
        uint16(0) != 0x2123 and uint8(0) != 0x7b and uint16be(0) != 0x2f2a
}

rule Candor_Webshell_Jsp_Exec
{
    meta:
        class = "webshell"
        description = "JSP that runs a request parameter as a command"
        benign = "pages start no processes from what a visitor typed"
        author = "Candor"
        date = "2026-11-24"
        sample = "78654a8997c7252b248fbf7b13d3c5a823dde97db2d52c97c5a7fce23c4a6570"
    strings:
        $open = "<%"
        $param = /request\.get(Parameter|Header|QueryString)\s{0,4}\(/
        $run = /Runtime\.getRuntime\(\s{0,4}\)\s{0,4}\.exec\s{0,4}\(/
        $builder = "new ProcessBuilder("
        $page = /<%@\s{0,4}page\s/
    condition:
        filesize < 128KB and $open in (0..256) and $param and ($run or ($builder and $page))
}

rule Candor_Webshell_Jsp_Class_Loader
{
    meta:
        class = "webshell"
        description = "JSP that decrypts the request body and defines it as a class"
        benign = "class loading from a request exists in no framework's pages"
        author = "Candor"
        date = "2026-11-24"
        sample = "c64d7929d2b8065e284c1123f6b8c0fc60ab6a017e5e299d9a3c5ca5bf49c3d9"
    strings:
        $open = "<%"
        $define = "defineClass("
        $body1 = "request.getReader()"
        $body2 = "request.getInputStream()"
        $body3 = "request.getParameter("
        $loader = "ClassLoader"
        $code1 = "Cipher.getInstance("
        $code2 = "BASE64Decoder"
        $code3 = "Base64.getDecoder"
    condition:
        filesize < 128KB and $open in (0..256) and $define and $loader and any of ($body*) and any of ($code*)
}

rule Candor_Webshell_Aspx_Eval
{
    meta:
        class = "webshell"
        description = "ASP or ASP.NET page that evaluates a request item"
        benign = "no page evaluates its visitors' input as code"
        author = "Candor"
        date = "2026-11-24"
        sample = "95da6fab7a3c0eb210fcbcf64bc4bf84670025f111ab99e04b724a25f56108bf"
    strings:
        $open = "<%"
        $net = /\beval\s{0,4}\(\s{0,4}(System\.Text\.Encoding\.[^\n]{0,40}\(\s{0,4})?(Convert\.FromBase64String\s{0,4}\(\s{0,4})?Request(\.Item|\.Form|\.QueryString|\.Params)?\s{0,4}[\[(]/ nocase
        $classic = /<%\s{0,8}@?\s{0,4}(eval|execute|executeglobal)\s{0,4}\(?\s{0,4}request\s{0,4}[(.]/ nocase
    condition:
        filesize < 64KB and $open in (0..256) and any of ($net, $classic)
}

rule Candor_Webshell_Aspx_Process
{
    meta:
        class = "webshell"
        description = "ASP.NET page that starts a command interpreter with a request field"
        benign = "pages that start programs name the program, not cmd with the visitor's text"
        author = "Candor"
        date = "2026-11-24"
        sample = "e77b53e4fb590f630a68049ea3a443ad6919e2ab7dd2c36c1c2fabe5a4911630"
    strings:
        $open = /<%@\s{0,4}(page|webhandler|webservice)/ nocase
        $start = "ProcessStartInfo" nocase
        $shell = /(FileName\s{0,2}=\s{0,2}|Process\.Start\s{0,2}\(\s{0,2}|ProcessStartInfo\s{0,2}\(\s{0,2})["'](cmd(\.exe)?|\/bin\/(ba)?sh|powershell(\.exe)?)["']/ nocase
        $field = /Request(\.Form|\.QueryString|\.Params|\.Item|\.Headers)?\s{0,2}\[\s{0,2}["'](cmd|c|command|exec|x|pass)["']/ nocase
        $out = "RedirectStandardOutput" nocase
    condition:
        filesize < 128KB and $open in (0..256) and all of them
}

rule Candor_Webshell_Aspx_Assembly
{
    meta:
        class = "webshell"
        description = "ASP.NET page that loads an assembly out of the request and makes an object of it"
        benign = "assemblies are loaded from the bin folder by name"
        author = "Candor"
        date = "2026-11-24"
        sample = "5eac2ae740e1c58a3ad9c1820962a6b925fcb0fa352b12119dbf546bf67ee041"
    strings:
        $open = /<%@\s{0,4}(page|webhandler|webservice)/ nocase
        $load = /Assembly\s{0,2}(\.\s{0,2}Load\s{0,2}\(|\)\s{0,2}\.\s{0,2}GetMethod\s{0,2}\(\s{0,2}["']Load)/
        $make = ".CreateInstance("
        $body1 = "Request.BinaryRead("
        $body2 = "Request.InputStream"
        $body3 = /FromBase64String\s{0,2}\(\s{0,2}(Context\.)?Request/
    condition:
        filesize < 128KB and $open in (0..256) and $load and $make and any of ($body*)
}

rule Candor_Webshell_Python_Request
{
    meta:
        class = "webshell"
        description = "Python CGI, Flask or Django code that hands a request field to a shell"
        benign = "programs that call tools pass lists with fixed first words"
        author = "Candor"
        date = "2026-11-24"
        sample = "1ae7c2a6d4d0820299467d93c48d1d1527d654c89fa7f98134b5bc22e902e8d2"
    strings:
        $web1 = "cgi.FieldStorage("
        $web2 = /from flask import|import flask/
        $web3 = "from django.http import"
        $run = /\b(os\.(popen|system)|subprocess\.(Popen|check_output|getoutput|run|call)|commands\.getoutput)\s{0,2}\(\s{0,2}(\w{1,16}\.(getvalue|getfirst)\s{0,2}\(|\w{1,16}\[["']\w{1,16}["']\]\.value|request\.(args|form|values|json|data|cookies|GET|POST)\b)/
    condition:
        filesize < 64KB and any of ($web*) and $run and uint8(0) != 0x7b and
        (uint16(0) == 0x2123 or uint32be(0) == 0x66726f6d or uint32be(0) == 0x696d706f)
}

rule Candor_Webshell_Perl_Cgi
{
    meta:
        class = "webshell"
        description = "Perl CGI that runs a request parameter or the query string"
        benign = "CGI programs untaint what they pass and name the program themselves"
        author = "Candor"
        date = "2026-11-24"
        sample = "44e7d69271fe5aa4e2efe097a2266159fdf94f4694374389c3c00bb32e6880f7"
    strings:
        $perl = /^#![^\n]{1,40}perl/
        $cgi1 = "QUERY_STRING"
        $cgi2 = "use CGI"
        $run1 = /\b(system|exec|eval|qx)\b\s{0,2}[({]?\s{0,2}(\$\w{1,16}->)?param\s{0,2}\(\s{0,2}["'](cmd|command|exec|c|x|run)["']/
        $run2 = /\b(system|exec|eval)\b\s{0,2}\(?\s{0,2}["']?\$ENV\{["']?(QUERY_STRING|HTTP_[A-Z_]{1,20})/
        $run3 = /`\s{0,2}\$ENV\{["']?(QUERY_STRING|HTTP_[A-Z_]{1,20})/
    condition:
        filesize < 64KB and $perl at 0 and any of ($cgi*) and any of ($run*)
}

rule Candor_Webshell_Node_Request
{
    meta:
        class = "webshell"
        description = "JavaScript server code that hands a request field to child_process"
        benign = "servers that start programs name them; a query is not a command line"
        author = "Candor"
        date = "2026-11-24"
        sample = "382757c62704a0a9fdfaba02595336cf18226392982b10bf6ad2dcc8e4fed903"
    strings:
        $child = /require\s{0,2}\(\s{0,2}["'](node:)?child_process["']\s{0,2}\)/
        $run = /\bexec(Sync)?\s{0,2}\(\s{0,2}(String\s{0,2}\(\s{0,2})?(req|request|ctx\.request|ctx)\.(query|body|params|headers|cookies)\b/
        $fence = "```"
    condition:
        filesize < 64KB and $child and $run and not $fence and uint8(0) != 0x7b and uint16be(0) != 0x2320
}

rule Candor_Webshell_Shell_Cgi
{
    meta:
        class = "webshell"
        description = "shell CGI that evaluates the query string or the request body"
        benign = "CGI scripts split the query, they do not run it"
        author = "Candor"
        date = "2026-11-24"
        sample = "f1c101051b1719528c26db6239e8c16853c88afc89bdfcf9b093edac2771fb5a"
    strings:
        $head = "Content-type:" nocase
        $run1 = /\beval\s{1,4}["']?\$\{?(QUERY_STRING|HTTP_[A-Z_]{1,20})/
        $run2 = /\b(ba|da|z)?sh\s{1,4}-c\s{1,4}["']?\$\{?(QUERY_STRING|HTTP_[A-Z_]{1,20})/
        $run3 = /\beval\s{1,4}["']?\$\([^\n]{0,60}\$\{?(QUERY_STRING|HTTP_[A-Z_]{1,20})/
    condition:
        uint16(0) == 0x2123 and filesize < 32KB and $head and any of ($run*)
}
