/* Collectors of keys, tokens and passwords. Each rule wants the sending as well as the taking. */

rule Candor_Stealer_Cloud_Metadata
{
    meta:
        class = "stealer"
        description = "script that asks a cloud's metadata service for credentials and sends them to a bare address or request catcher"
        benign = "agents use the credentials with their cloud's own hosts"
        author = "Candor"
        date = "2026-11-24"
        sample = "7c265d1033b9b7ae2950be357ad3baa776ecce52bc2d6ded346fd9e13e6ca663"
    strings:
        $ask1 = "169.254.169.254/latest/meta-data/iam/security-credentials"
        $ask2 = "169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
        $ask3 = "/computeMetadata/v1/instance/service-accounts/default/token"
        $ask4 = "169.254.169.254/metadata/identity/oauth2/token"
        $send = /\b(curl|wget)\s[^\n]{0,200}(-d|--data|--data-binary|--data-raw|-F|--form|-T|--upload-file|--post-data|--post-file|-X\s?POST)[ =@"'$][^\n]{0,200}(https?:\/\/(\d{1,3}\.){3}\d{1,3}|webhook\.site|\.onion|ngrok|pipedream\.net|discord(app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|\.oast\.|requestbin|transfer\.sh)/
        $send2 = /\b(curl|wget)\s[^\n]{0,200}(https?:\/\/(\d{1,3}\.){3}\d{1,3}|webhook\.site|\.onion|ngrok|pipedream\.net|discord(app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|\.oast\.|requestbin|transfer\.sh)[^\n]{0,200}\s(-d|--data|--data-binary|--data-raw|-F|--form|-T|--upload-file|--post-data|--post-file)[ =]/
    condition:
        uint16(0) == 0x2123 and filesize < 256KB and any of ($ask*) and any of ($send, $send2)
}

rule Candor_Stealer_Credential_Sweep
{
    meta:
        class = "stealer"
        description = "script that gathers four or more kinds of stored credentials and sends them to a bare address or request catcher"
        benign = "backups copy whole homes to a named host; this picks keys only"
        author = "Candor"
        date = "2026-11-24"
        sample = "b06e397318df6311b4bf7b4d27688bd6985a35c0c600ee6f22d767be1b0d1e34"
    strings:
        $k1 = ".aws/credentials"
        $k2 = ".docker/config.json"
        $k3 = ".kube/config"
        $k4 = "id_rsa"
        $k5 = ".git-credentials"
        $k6 = ".config/gcloud"
        $k7 = ".netrc"
        $k8 = ".npmrc"
        $k9 = ".pgpass"
        $k10 = ".azure"
        $k11 = "id_ed25519"
        $k12 = ".bash_history"
        $k13 = ".s3cfg"
        $k14 = "/etc/shadow"
        $to = /(https?:\/\/(\d{1,3}\.){3}\d{1,3}|webhook\.site|\.onion\b|ngrok(-free)?\.(io|app)|pipedream\.net|discord(app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|\.oast\.(fun|live|me|pro|site|online)|requestbin|transfer\.sh|\/dev\/tcp\/\d)/
        $send = /(\bcurl\s[^\n]{0,200}(-d|--data|--data-binary|-F|--form|-T|--upload-file)[ =@]|requests\.post\s{0,2}\(|\bnc\s{1,4}(\d{1,3}\.){3}|\/dev\/tcp\/\d|wget\s[^\n]{0,100}--post-(file|data))/
    condition:
        filesize < 256KB and (uint16(0) == 0x2123 or uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d) and
        4 of ($k*) and $to and $send
}

rule Candor_Stealer_Discord_Token
{
    meta:
        class = "stealer"
        description = "Python or JavaScript that searches Discord's storage for tokens and posts them to a hook"
        benign = "clients use a token, they do not search other programs' storage for it"
        author = "Candor"
        date = "2026-11-24"
        sample = "255db7e9f850e8b594a18a3c390212981d94f6db0bd95274ea0d15f1ed287dda"
    strings:
        $store1 = "Local Storage\\\\leveldb" nocase
        $store2 = "Local Storage/leveldb" nocase
        $regex1 = "[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{"
        $regex2 = "mfa\\.[\\w-]{84}"
        $regex3 = "dQw4w9WgXcQ:[^"
        $to = /discord(app)?\.com\/api\/(v\d{1,2}\/)?webhooks\/[\w"'`{$]|api\.telegram\.org\/bot[\w"'`{$]/
        $fence = "```"
    condition:
        filesize < 4MB and any of ($store*) and any of ($regex*) and $to and not $fence
}

rule Candor_Stealer_Browser_Python
{
    meta:
        class = "stealer"
        description = "Python that decrypts a browser's saved passwords or cookies and posts them to a hook or bare address"
        benign = "cookie libraries decrypt for their caller and send nothing"
        author = "Candor"
        date = "2026-11-24"
        sample = "d5d01f2784f3236f9d2a7bf14f295c2d13fbd5475205f4e62dc1049529967ca9"
    strings:
        $db1 = "Login Data"
        $db2 = "SELECT origin_url, username_value, password_value" nocase
        $db3 = "logins.json"
        $db4 = "cookies.sqlite"
        $key1 = "saltysalt"
        $key2 = "CryptUnprotectData"
        $key3 = "PK11SDR_Decrypt"
        $to = /(discord(app)?\.com\/api\/(v\d{1,2}\/)?webhooks\/|api\.telegram\.org\/bot|https?:\/\/(\d{1,3}\.){3}\d{1,3}[:\/])/
        $send = /(requests\.post|urlopen|httpx\.post|\.send_document|\.sendDocument)\s{0,2}\(/
    condition:
        filesize < 4MB and any of ($db*) and any of ($key*) and $to and $send and
        (uint16(0) == 0x2123 or uint32be(0) == 0x696d706f or uint32be(0) == 0x66726f6d)
}

rule Candor_Stealer_Web_Skimmer
{
    meta:
        class = "stealer"
        description = "page script that waits for a checkout, reads card fields and sends them encoded as an image or beacon"
        benign = "payment libraries send to their own host through a frame, not through an image address"
        author = "Candor"
        date = "2026-11-24"
        sample = "50928abb29615a377e4b4dbeb40fbca1adeb3d0ab03f9c6428329b38e8d7f207"
    strings:
        $page = /(location\.(href|pathname|toString)|document\.URL)[^;\n]{0,60}(checkout|onepage|onestep|payment|firecheckout)/ nocase
        $f1 = /cc[_-]?num(ber)?|card[_-]?num(ber)?|cardnumber/ nocase
        $f2 = /cc[_-]?cid|cvv2?|cvc\b|card[_-]?cvc/ nocase
        $f3 = /cc[_-]?exp|exp[_-]?(month|year|date)|expir/ nocase
        $enc = /\b(btoa|encodeURIComponent|JSON\.stringify)\s{0,2}\(/
        $b64 = "btoa("
        $send1 = /new\s{1,4}Image\s{0,2}(\(\s{0,2}\))?[^;\n]{0,60};?[^\n]{0,120}\.src\s{0,2}=/
        $send2 = "navigator.sendBeacon("
        $send3 = /document\.createElement\s{0,2}\(\s{0,2}["']img["']\s{0,2}\)[^\n]{0,160}\.src\s{0,2}=/
        $send4 = /new\s{1,4}WebSocket\s{0,2}\(\s{0,2}["'`]?wss?:/
    condition:
        filesize < 512KB and $page and all of ($f1, $f2) and $f3 and $b64 and $enc and any of ($send*)
}

rule Candor_Stealer_Ssh_Wrapper
{
    meta:
        class = "stealer"
        description = "script or start file that replaces ssh, su or passwd by a wrapper recording what is typed"
        benign = "aliases add options; they do not run the command under strace or script into a hidden file"
        author = "Candor"
        date = "2026-11-24"
        sample = "ea4a1ec1ca33dc5af0733cb9d24ea76a6a2cc155e55181820c72e3c7c61cfdaa"
    strings:
        $alias = /alias\s{1,4}(ssh|su|sudo|passwd|scp)=["'][^\n]{0,60}\b(strace|ltrace|script)\s[^\n]{0,120}(-o|-e\s{0,2}(read|write|trace)|-f|-c)[^\n]{0,160}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/\.[A-Za-z0-9])/
        $func = /\n\s{0,4}(ssh|su|passwd)\s{0,2}\(\)\s{0,4}\{[^}]{0,400}\bstrace\s[^\n]{0,200}-o\s{0,2}\S{0,60}(\/tmp\/|\/dev\/shm\/|\/\.)/
        $fence = "```"
    condition:
        filesize < 64KB and any of ($alias, $func) and not $fence
}
