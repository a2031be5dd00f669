/* Families that came up often enough to be known by what their programs hold. Sources: public
 * analyses; each rule names the trait, not the author. */

rule Candor_Backdoor_Xz_Liblzma
{
    meta:
        class = "backdoor"
        description = "the code that was slipped into liblzma 5.6.0 and 5.6.1 (CVE-2024-3094)"
        benign = "34 bytes in a row, which the honest library does not hold"
        author = "Candor"
        date = "2026-11-24"
        sample = "d1f28f402478ef097a863eaa6f78f3c619a18068ad2e09a8629267598fe2148d"
    strings:
        $code = { F3 0F 1E FA 55 48 89 F5 4C 89 CE 53 89 FB 81 E7 00 00 00 80 48 83 EC 28 48 89 54 24 18
                  48 89 4C 24 10 }
    condition:
        uint32(0) == 0x464c457f and filesize < 16MB and $code
}

rule Candor_Backdoor_Bpfdoor_Elf
{
    meta:
        class = "backdoor"
        description = "small ELF that holds the command lines of several daemons to hide behind, as BPFDoor does"
        benign = "a daemon holds its own command line, not those of four others"
        author = "Candor"
        date = "2026-11-24"
        sample = "3c5081c9de70e0896de0e58eb6e5dc822c12af8b575665da46d54aec665eefd3"
    strings:
        $n1 = "hald-addon-acpi: listening on acpi kernel interface"
        $n2 = "/sbin/udevd -d"
        $n3 = "/sbin/mingetty /dev/tty"
        $n4 = "/usr/sbin/console-kit-daemon --no-daemon"
        $n5 = "dbus-daemon --system"
        $n6 = "hald-runner"
        $n7 = "pickup -l -t fifo -u"
        $n8 = "avahi-daemon: chroot helper"
        $n9 = "/sbin/auditd -n"
        $n10 = "/usr/lib/systemd/systemd-journald"
        $n11 = "qmgr -l -t fifo -u"
    condition:
        uint32(0) == 0x464c457f and filesize < 1MB and 4 of ($n*)
}

rule Candor_Trojan_Xorddos_Elf
{
    meta:
        class = "trojan"
        description = "ELF with the key and the places of XorDDoS"
        benign = "the key has no meaning elsewhere"
        author = "Candor"
        date = "2026-11-24"
        sample = "1d3d8769d9b6719e975bb960dec1d2ce7a25c3caf9b38b08316d2134637f8de9"
    strings:
        $key = "BB2FA36AAA9541F0"
        $place1 = "/etc/cron.hourly/gcc.sh"
        $place2 = "/lib/libudev.so"
        $place3 = "/var/run/gcc.pid"
        $place4 = "/lib/udev/udev"
        $order = "denyip="
    condition:
        uint32(0) == 0x464c457f and filesize < 4MB and (($key and any of ($place*, $order)) or ($order and 3 of ($place*)))
}

rule Candor_Trojan_Kinsing_Elf
{
    meta:
        class = "trojan"
        description = "Go program of the Kinsing family: carries a miner's name, scans and spreads"
        benign = "removal tools name kdevtmpfsi, but are no scanners written in Go"
        author = "Candor"
        date = "2026-11-24"
        sample = "6874f9bcb6692151f21b8d5cdd7f452d1318df2f50d64ee6c13ec2241d84bb86"
    strings:
        $go = "runtime.main"
        $miner = "kdevtmpfsi"
        $do1 = "main.masscan"
        $do2 = "main.redisBrute"
        $do3 = "main.minRun"
        $do4 = "main.backconnect"
        $do5 = "main.startCmd"
        $do6 = "main.syncCmd"
    condition:
        uint32(0) == 0x464c457f and filesize < 64MB and $go and ($miner and 1 of ($do*) or 3 of ($do*))
}

rule Candor_Backdoor_Agent_Go_Elf
{
    meta:
        class = "backdoor"
        description = "Go program built from the source of a known remote control agent"
        benign = "the servers that control such agents are tools of testers and are named differently inside"
        author = "Candor"
        date = "2026-11-24"
        sample = "bd2c2d446807366781736abce52c06f8d9db71f2e537383797575ef263a1b537"
    strings:
        $go = "runtime.main"
        $a1 = "github.com/bishopfox/sliver/implant/sliver"
        $a2 = "github.com/Ne0nd0g/merlin-agent"
        $a3 = "github.com/MythicAgents/poseidon/Payload_Type"
        $a4 = "github.com/tiagorlampert/CHAOS/client/app"
        $a5 = "main.(*ReverseShell)"
    condition:
        uint32(0) == 0x464c457f and filesize < 64MB and $go and any of ($a*)
}

rule Candor_Rootkit_Known_Places
{
    meta:
        class = "backdoor"
        description = "preload library or loader with the hidden places of OrBit, Symbiote or bedevil"
        benign = "names chosen by their authors; no package uses them"
        author = "Candor"
        date = "2026-11-24"
        sample = "5299e642063c3cd08af960b908d01aa8bc1d6e75caed282d3bc879a547adc6e6"
    strings:
        $p1 = "/lib/libntpVnQE6mk/"
        $p2 = "sshpass2.txt"
        $p3 = "certbotx64"
        $p5 = "bdvinstall"
        $hook1 = "ld.so.preload"
        $hook2 = "pam_authenticate"
        $hook3 = "readdir64"
        $hook4 = "pcap_loop"
    condition:
        uint32(0) == 0x464c457f and filesize < 4MB and any of ($p*) and any of ($hook*)
}
