/* Pages that ask for a password in somebody else's name. */

rule Candor_Phishing_Kit_Mailer
{
    meta:
        class = "phishing"
        description = "PHP that mails the password it was sent, with the visitor's address, and moves the visitor on"
        benign = "contact forms mail messages; no honest form mails a password"
        author = "Candor"
        date = "2026-11-24"
        sample = "5b5a6efd57e71201c02dee602e9c2c5e054db45d931ae8c848c1bd3f80392d66"
    strings:
        $open = "<?php" nocase
        $pass = /\$_(POST|REQUEST)\s{0,2}\[\s{0,2}["'](pass|passwd|password|passwrd|pwd|psw|epass|cvv2?|ccv|ccnum|cardnumber|ssn|pin|otp|userpass|login_password)["']\s{0,2}\]/ nocase
        $mail = /\bmail\s{0,2}\(\s{0,2}(\$\w{1,24}|["'][^"'\n@]{1,60}@[^"'\n]{3,60}["'])\s{0,2},/
        $addr = "REMOTE_ADDR"
        $label = /["'][^"'\n]{0,40}(pass(word|wd)?|cvv|ssn|card|pin|otp)\s{0,8}[^"'\n]{0,8}[:=|]{1,2}[^"'\n]{0,6}("\s{0,2}\.\s{0,2}\$|\$|\{\$|'\s{0,2}\.\s{0,2}\$)/ nocase
        $move = /(header\s{0,2}\(\s{0,2}["']Location:|window\.location|http-equiv=["']?refresh)/ nocase
        $geo1 = "geoplugin.net"
        $geo2 = "ip-api.com"
        $geo3 = /["'][^"'\n]{0,60}(ReSuLt|Rezult|Result|LoGin|Logz|Fullz|Wells|Chase|Office365|Spox|Log\s?\|)[^"'\n]{0,60}["']/ 
        $geo4 = "HTTP_USER_AGENT"
    condition:
        filesize < 64KB and uint16be(0) != 0x2320 and $open in (0..64) and all of ($pass, $mail, $addr, $label, $move) and any of ($geo*)
}

rule Candor_Phishing_Kit_Telegram
{
    meta:
        class = "phishing"
        description = "PHP that sends the password it was sent to a Telegram chat"
        benign = "notifications tell of a login, not of its password"
        author = "Candor"
        date = "2026-11-24"
        sample = "c3a02e73c8b2bc31e952a048adc485b7513359163ab4366145c1f65e801d9d83"
    strings:
        $open = "<?php" nocase
        $pass = /\$_(POST|REQUEST)\s{0,2}\[\s{0,2}["'](pass|passwd|password|pwd|psw|cvv2?|ccnum|cardnumber|ssn|pin|otp|seed|phrase|mnemonic|userpass)["']\s{0,2}\]/ nocase
        $bot = "api.telegram.org/bot"
        $send = "sendMessage"
        $addr = "REMOTE_ADDR"
    condition:
        filesize < 64KB and uint16be(0) != 0x2320 and $open in (0..64) and all of them
}

rule Candor_Phishing_Html_Smuggling
{
    meta:
        class = "dropper"
        description = "web page that builds a program, archive or disk image out of a base64 word and saves it without a click"
        benign = "pages that offer downloads link to them; those that build files do so from the visitor's data"
        author = "Candor"
        date = "2026-11-24"
        sample = "b3f82c6505d52b18f6fc5fc732d60c3ca85f0e7f33e0ff127c9414f00a50dcf0"
    strings:
        $decode = "atob("
        $blob = /new\s{1,4}Blob\s{0,2}\(/
        $url1 = "createObjectURL("
        $url2 = "msSaveOrOpenBlob("
        $click = ".click()"
        $save = /\.download\s{0,2}=/
        $data = /["'`](TVqQAA|TVpQAA|UEsDBBQ|UEsDBAo|f0VMRg|N3q8ry|UmFyIR|Q0QwMDE)[A-Za-z0-9+\/]{200}/
    condition:
        filesize < 64MB and uint8(0) == 0x3c and $decode and $blob and any of ($url*) and
        ($url2 or ($click and $save)) and $data
}

rule Candor_Phishing_Html_Login_Bot
{
    meta:
        class = "phishing"
        description = "web page with a password field whose script sends it to a Telegram bot or a form service"
        benign = "pages send passwords to the host they came from"
        author = "Candor"
        date = "2026-11-24"
        sample = "b37ee1433faef5ea5787244dcf24b2ec2686697b80fd78b17f98b7d6757fb741"
    strings:
        $field = /<input[^>]{1,200}type\s{0,2}=\s{0,2}["']?password/ nocase
        $bot1 = /api\.telegram\.org\/bot["'`\d$]/
        $bot2 = /<form[^>]{1,200}action\s{0,2}=\s{0,2}["']?https:\/\/(formspree\.io\/f\/|submit-form\.com\/|formsubmit\.co\/|getform\.io\/f\/)/ nocase
    condition:
        filesize < 4MB and uint8(0) == 0x3c and $field and any of ($bot*)
}
