/* Programs that take files hostage. */

rule Candor_Ransom_Shell_Openssl
{
    meta:
        class = "ransom"
        description = "script that walks the file system, encrypts each file with openssl, 7z or gpg, removes it and asks for coins"
        benign = "backups encrypt copies and name no wallet"
        author = "Candor"
        date = "2026-11-24"
        sample = "9701dbbe2edc1f0490c6e1a0581ead7b3fc3d7cac56b2a7e68b40d683e00ae45"
    strings:
        $enc = /\b(openssl\s{1,4}(enc|aes-256-cbc|rsautl|pkeyutl)|gpg\s[^\n]{0,60}(-c|--symmetric|--encrypt|-e)\s|7z\s{1,4}a\s[^\n]{0,20}-p|zip\s[^\n]{0,20}(-P|--password)\s)[^\n]{0,200}/
        $walk = /(\bfind\s{1,4}["']?(\/|~|\$HOME|\$\{?\w{1,16}\}?)[^\n]{0,200}|for\s{1,4}\w{1,16}\s{1,4}in\s{1,4}[^\n]{0,20}\$?\(?(find|\/home|\/var))/
        $kill = /\b(rm|shred|unlink)\s{1,4}(-\w{1,4}\s{1,4}){0,3}["']?\$/
        $coin = /\b(bitcoin|BTC|monero|XMR|ransom)\b/ nocase
        $ask = /(encrypted|decrypt|locked)\b[^\n]{0,200}/ nocase
        $pay1 = ".onion"
        $pay2 = "@protonmail"
        $pay3 = "@tutanota"
        $pay4 = /\b(pay|send|contact)\b[^\n]{0,120}\b(bitcoin|BTC|monero|XMR|wallet)\b/ nocase
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and all of ($enc, $walk, $kill, $coin, $ask) and any of ($pay*)
}

rule Candor_Ransom_Elf
{
    meta:
        class = "ransom"
        description = "ELF that stops virtual machines and leaves a note about encrypted files and where to pay"
        benign = "management tools stop machines but threaten nobody"
        author = "Candor"
        date = "2026-11-24"
        sample = "2fe85907c329824bb030743336536a6e76036b4d74fcfa8d4a2495086e6a3773"
    strings:
        $vm1 = "esxcli vm process kill"
        $vm2 = "vim-cmd vmsvc/getallvms"
        $vm3 = "esxcli --formatter=csv"
        $vm4 = "vmsvc/snapshot.removeall"
        $vm5 = ".vmdk"
        $note1 = "files have been encrypted" nocase
        $note2 = "files are encrypted" nocase
        $note3 = "network has been compromised" nocase
        $note4 = "How to restore" nocase
        $note5 = "data are stolen and encrypted" nocase
        $note6 = "decryptor" nocase
        $pay1 = ".onion"
        $pay2 = "torproject.org"
        $pay3 = "bitcoin" nocase
    condition:
        uint32(0) == 0x464c457f and filesize < 32MB and 2 of ($vm*) and any of ($note*) and any of ($pay*)
}

rule Candor_Ransom_Python
{
    meta:
        class = "ransom"
        description = "Python that encrypts every file below a folder, removes or overwrites it and asks for coins"
        benign = "encryption tools work on the files they are given and name no wallet"
        author = "Candor"
        date = "2026-11-24"
        sample = "3a706afefd3d2c99c56585df92cffb4434c76372ddbf4d2446cce3bc883f9a20"
    strings:
        $walk = /os\.walk\s{0,2}\(/
        $enc1 = "Fernet("
        $enc2 = "AES.new("
        $enc3 = "PKCS1_OAEP"
        $do = /\.encrypt\s{0,2}\(/
        $kill = /(os\.(remove|unlink|rename)|\.write)\s{0,2}\(/
        $ask = /(files?|documents|photos)\b[^\n]{0,60}\b(encrypted|locked)\b/ nocase
        $pay = /(\b(bitcoin|BTC|monero|XMR|ethereum)\b|\.onion\b)/ nocase
    condition:
        filesize < 256KB and (uint16(0) == 0x2123 or uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d) and
        all of ($walk, $do, $kill, $ask, $pay) and any of ($enc*)
}

rule Candor_Wiper_Shell
{
    meta:
        class = "wiper"
        description = "script that overwrites whole disks in a loop and removes the root folder"
        benign = "disk erasers ask first and take the disk's name; they do not loop over all and delete / as well"
        author = "Candor"
        date = "2026-11-24"
        sample = "b76d51d411028d083c4f55b2f64720933e620adfa98664103a98e8c0e444effa"
    strings:
        $dd = /\bdd\s{1,4}if=\/dev\/(zero|urandom|random)\s{1,4}of=\/dev\/(\$|sd[a-z]|nvme|vd[a-z]|xvd|mapper|mmcblk|mtd)/
        $rm = /\brm\s{1,4}-(rf|fr|r\s{1,2}-f)\s{1,4}(--no-preserve-root\s{1,4})?\/(\*|\s{0,2}(--no-preserve-root)?\s{0,2}[;&\n])/
        $loop = /for\s{1,4}\w{1,16}\s{1,4}in\s{1,4}[^\n]{0,80}(lsblk|\/dev\/|fdisk|\/sys\/block|\/proc\/partitions)/
        $quiet1 = "/dev/null"
        $quiet2 = "nohup "
        $quiet3 = "setsid "
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $dd and $rm and $loop and any of ($quiet*)
}
