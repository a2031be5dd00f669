/* Programs that spend somebody else's electricity. */

rule Candor_Miner_Xmrig_Config
{
    meta:
        class = "miner"
        description = "xmrig configuration with pools, a donation level and a Monero wallet filled in"
        benign = "the configuration shipped with the program holds a placeholder; an owner who mines on purpose knows this file"
        author = "Candor"
        date = "2026-11-24"
        sample = "22167ccc32059a62eead49497d96db3875d9e90277ebc0c8e82dfd74d2d8a5c9"
    strings:
        $pools = "\"pools\""
        $donate = "\"donate-level\""
        $wallet = /"user"\s{0,4}:\s{0,4}"[48][1-9A-HJ-NP-Za-km-z]{94}/
    condition:
        uint8(0) == 0x7b and filesize < 64KB and all of them
}

rule Candor_Miner_Script_Stratum
{
    meta:
        class = "miner"
        description = "script that starts a miner on a stratum address in the background or silently"
        benign = "a miner's own README and example scripts run in the foreground"
        author = "Candor"
        date = "2026-11-24"
        sample = "8f467d24d6bd4f657da40cf2c138dfe9b8ffee49f8560bab66aa20b0ffa39d30"
    strings:
        $pool = /stratum\+(tcp|tcps|ssl|tls|udp):\/\//
        $user = /\s(-u|--user|--userpass|-O)[ =]["']?\S{3}/
        $hide1 = "nohup "
        $hide2 = "setsid "
        $hide3 = ">/dev/null 2>&1 &"
        $hide4 = "> /dev/null 2>&1 &"
        $hide5 = "crontab -"
        $hide6 = "systemctl enable"
        $hide7 = "disown"
    condition:
        uint16(0) == 0x2123 and filesize < 64KB and $pool and $user and any of ($hide*)
}

rule Candor_Miner_Installer
{
    meta:
        class = "miner"
        description = "script that fetches a miner, names a public pool and makes it start by itself"
        benign = "packages install no pool addresses"
        author = "Candor"
        date = "2026-11-24"
        sample = "fd28735b375a232514a9c3a0a1aa704ee989b7c90c80b855fbe810597aea4f5f"
    strings:
        $pool = /\b(supportxmr\.com|minexmr\.com|nanopool\.org|moneroocean\.stream|c3pool\.(com|org)|hashvault\.pro|2miners\.com|unmineable\.com|herominers\.com|xmrpool\.eu|monerohash\.com|f2pool\.com|kryptex\.network|nicehash\.com)\b/
        $get = /\b(curl|wget)\s[^\n]{0,160}(https?|ftp):\/\//
        $start1 = "systemctl enable"
        $start2 = "crontab"
        $start3 = "nohup "
        $start4 = "/etc/rc.local"
        $start5 = ">>$HOME/.profile"
        $start6 = ".bashrc"
        $miner = /xmrig|cpuminer|minerd|--donate-level|randomx|"donate-level"|--algo|\s-a rx\//
    condition:
        uint16(0) == 0x2123 and filesize < 128KB and $pool and $get and $miner and any of ($start*)
}

rule Candor_Miner_Kills_Rivals
{
    meta:
        class = "miner"
        description = "script that kills several other miners by name, then fetches and runs something"
        benign = "a clean-up script kills and deletes, it does not fetch programs and make them executable"
        author = "Candor"
        date = "2026-11-24"
        sample = "56ce67c4363784a144798458596d25700a864a5666aaf947eb290e2557466bc1"
    strings:
        $kill = /\b(pkill|killall|kill -9 `?\$?\(?pgrep|pgrep)\s[^\n]{0,30}(kdevtmpfsi|kinsing|xmrig|xmr-stak|minerd|kworkerds|ddgs|sysrv|watchbog|watchdogs|cryptonight|stratum|xmrigDaemon|networkservice|pwnrig|biosetjenkins|trace\.|zzh|solrd|khugepageds|kthreaddi)/
        $grep = /grep\s[^\n]{0,20}(kdevtmpfsi|kinsing|xmrig|xmr-stak|minerd|kworkerds|ddgs|sysrv|watchbog|cryptonight|stratum|pwnrig)[^\n]{0,120}kill -9/
        $get = /\b(curl|wget)\s[^\n]{0,160}(https?|ftp):\/\//
        $run = /chmod\s{1,4}(\+x|a\+x|u\+x|0?7[0-7]{2})\s/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and (#kill + #grep) >= 3 and $get and $run
}

rule Candor_Miner_Kills_Cloud_Agent
{
    meta:
        class = "dropper"
        description = "script that removes a cloud provider's security agents and fetches a program"
        benign = "the providers' own uninstallers remove one agent and fetch nothing to run"
        author = "Candor"
        date = "2026-11-24"
        sample = "c22b3d559cb37842dc51c91332a088b95e912275348a6195f1ee4a1a82218ed5"
    strings:
        $a1 = "AliYunDun"
        $a2 = "aegis"
        $a3 = "/usr/local/qcloud/"
        $a4 = "YunJing" nocase
        $a5 = "cloudmonitor"
        $a6 = "bcm-agent"
        $a7 = "aliyun.service"
        $kill = /\b(pkill|killall|rm -rf|rm -fr|systemctl (stop|disable)|service)\s[^\n]{0,60}(AliYunDun|aegis|qcloud|YunJing|cloudmonitor|bcm-agent|aliyun)/
        $run = /\b(curl|wget)\s[^\n]{1,200}(\|\s{0,4}(ba|da)?sh\b|-o\s?\/tmp|-O\s?\/tmp|-O\s?-)/
        $chmod = /chmod\s{1,4}(\+x|0?7[0-7]{2})\s/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and 2 of ($a*) and $kill and ($run or ($chmod and #kill > 2))
}

rule Candor_Miner_Host_Prep
{
    meta:
        class = "miner"
        description = "script that turns off the NMI watchdog and the firewall or SELinux, asks for huge pages and fetches a program"
        benign = "tuning guides do one of these; together with a download it is how miners move in"
        author = "Candor"
        date = "2026-11-24"
        sample = "ba789e87703e2b1217dd090ae158f617c1b9088377dc73a5d6d6f2dcf72b23c1"
    strings:
        $nmi = "nmi_watchdog"
        $huge = "nr_hugepages"
        $wall1 = "iptables -F"
        $wall2 = "ufw disable"
        $wall3 = "setenforce 0"
        $wall4 = /(systemctl|service)\s[^\n]{0,20}(stop|disable)\s{0,2}(apparmor|firewalld|ufw)?/
        $get = /\b(curl|wget)\s[^\n]{0,160}https?:\/\//
        $run = /chmod\s{1,4}(\+x|0?7[0-7]{2})\s/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and $nmi and $huge and 2 of ($wall*) and $get and $run
}

rule Candor_Miner_Systemd_Unit
{
    meta:
        class = "miner"
        description = "systemd unit that keeps a miner connected to a pool"
        benign = "an owner who mines on purpose knows this unit"
        author = "Candor"
        date = "2026-11-24"
        sample = "0f4a789d19bdf4c922e9111cdeea4a6a3402ef922ccaedb9fa113ecbe7616beb"
    strings:
        $unit = "[Unit]"
        $exec = /\nExecStart\s{0,2}=[^\n]{1,300}(stratum\+(tcp|ssl|tls):\/\/|--donate-level|--coin[= ]|--algo[= ]?(rx|cn)\/|-a (rx|cn)\/)/
    condition:
        filesize < 16KB and $unit in (0..256) and $exec
}

rule Candor_Miner_Elf
{
    meta:
        class = "miner"
        description = "ELF program that speaks stratum and computes CPU coins"
        benign = "wallets and nodes verify such hashes but have no pool client; a miner installed on purpose is named too"
        author = "Candor"
        date = "2026-11-24"
        sample = "8c1cc50b87c0530456e631362b5ac1b9a9e0539416f5449003c20678432ef47b"
    strings:
        $pool1 = "stratum+tcp://"
        $pool2 = "stratum+ssl://"
        $pool3 = "mining.subscribe"
        $pool4 = "daemon+http://"
        $algo1 = "cryptonight" nocase
        $algo2 = "randomx" nocase
        $algo3 = "argon2/chukwa"
        $algo4 = "rx/wow"
        $own1 = "donate-level"
        $own2 = "nicehash"
        $own3 = "rig-id"
        $own4 = "huge-pages-jit"
    condition:
        uint32(0) == 0x464c457f and filesize < 64MB and 1 of ($pool*) and 2 of ($algo*) and 2 of ($own*)
}

rule Candor_Miner_Web
{
    meta:
        class = "miner"
        description = "web page or script that starts a coin miner in the visitor's browser"
        benign = "block lists name the hosts but start no miner"
        author = "Candor"
        date = "2026-11-24"
        sample = "24b90e5f8415036c7eeb57dba102615f4a07422c7b6171b0a47a5a54ce341bbc"
    strings:
        $new = /new\s{1,4}(CoinHive|Client|CoinImp|CryptoLoot|CRLT|deepMiner|WMP|JSEcoin|Miner)\.(Anonymous|User)\s{0,2}\(\s{0,2}["'][A-Za-z0-9]{16}/
        $start = /\.start\s{0,2}\(/
        $page1 = "<script" nocase
        $page2 = /\b(var|let|const)\s{1,4}\w{1,16}\s{0,2}=\s{0,2}new\s/
    condition:
        filesize < 1MB and $new and $start and any of ($page*) and uint16be(0) != 0x2320
}
