//! Dovecot, an IMAP server. The tests of a process share one; each has a mailbox of its own. It runs as an
//! ordinary user, also where the tests run as root.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt;

use super::{ServerProcess, free_address, until};

const PROGRAM: &str = "/usr/sbin/dovecot";

/// The password of every mailbox.
const PASSWORD: &str = "gehe1m-van-de-brievenbus";

/// The server.
struct Dovecot {
    folder: PathBuf,
    address: SocketAddr,
    encrypted: SocketAddr,
    process: ServerProcess,
}

/// A mailbox that no other test has.
pub struct ImapMailbox {
    server: &'static Dovecot,
    user: String,
}

impl ImapMailbox {
    /// An empty one on the server that all tests use together.
    pub async fn new() -> Self {
        static SHARED: LazyLock<Dovecot> = LazyLock::new(Dovecot::start);
        let server = &*SHARED;
        let is_there = async || TcpStream::connect(server.address).is_ok();
        let waited = AssertUnwindSafe(until("Dovecot listens", is_there)).catch_unwind().await;
        assert!(waited.is_ok(), "Dovecot doesn't listen:\n{}", server.log());
        let mailbox = Self { server, user: format!("support-{:016x}", rand::random::<u64>()) };
        for folder in ["", "Maildir", "Maildir/tmp", "Maildir/new", "Maildir/cur"] {
            open_folder(&mailbox.folder().join(folder));
        }
        mailbox
    }

    fn folder(&self) -> PathBuf {
        self.server.folder.join("home").join(&self.user)
    }

    /// Its URL. The connection isn't encrypted.
    pub fn url(&self) -> String {
        self.url_with(PASSWORD)
    }

    pub fn url_with(&self, password: &str) -> String {
        format!("imap://{}:{password}@{}/INBOX", self.user, self.server.address)
    }

    /// The same with TLS from the start, for whoever trusts the certificate.
    pub fn encrypted_url(&self) -> String {
        let port = self.server.encrypted.port();
        format!("imaps://{}:{PASSWORD}@localhost:{port}", self.user)
    }

    /// The same with STARTTLS. On Linux 0.0.0.0 leads to this machine, and no encryption is left out for it.
    pub fn starttls_url(&self) -> String {
        let port = self.server.address.port();
        format!("imap://{}:{PASSWORD}@0.0.0.0:{port}/INBOX", self.user)
    }

    /// The file of the certificate.
    pub fn certificate(&self) -> PathBuf {
        self.server.folder.join("certificate.pem")
    }

    /// Lets a mail arrive; its lines end in `\n` here.
    pub fn deliver(&self, mail: &str) {
        self.deliver_with(mail, 0o644);
    }

    /// Lets a mail arrive that the server lists, but can't read.
    pub fn deliver_unreadable(&self, mail: &str) {
        self.deliver_with(mail, 0);
    }

    fn deliver_with(&self, mail: &str, mode: u32) {
        let name = format!("{:016x}.test", rand::random::<u64>());
        let maildir = self.folder().join("Maildir");
        let written = maildir.join("tmp").join(&name);
        std::fs::write(&written, mail.replace('\n', "\r\n")).unwrap();
        std::fs::set_permissions(&written, PermissionsExt::from_mode(mode)).unwrap();
        std::fs::rename(written, maildir.join("new").join(name)).unwrap();
    }

    /// Lets the server read all of its mails.
    pub fn repair(&self) {
        for folder in ["new", "cur"] {
            for mail in std::fs::read_dir(self.folder().join("Maildir").join(folder)).unwrap() {
                let mail = mail.unwrap().path();
                std::fs::set_permissions(mail, PermissionsExt::from_mode(0o644)).unwrap();
            }
        }
    }

    /// How many of its mails weren't seen.
    pub fn unseen(&self) -> usize {
        let answer = self.command("UID SEARCH UNSEEN");
        let list = answer.iter().find_map(|line| line.strip_prefix("* SEARCH")).unwrap();
        list.split_whitespace().count()
    }

    /// Takes the marks away, as if the reader had ended before it made them.
    pub fn forget_what_was_seen(&self) {
        self.command("UID STORE 1:* -FLAGS (\\Seen)");
    }

    /// What a command is answered in the open mailbox.
    fn command(&self, command: &str) -> Vec<String> {
        let stream = TcpStream::connect(self.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let (mut lines, mut stream) = (BufReader::new(stream.try_clone().unwrap()).lines(), stream);
        let log_in = format!("LOGIN {} {PASSWORD}", self.user);
        let mut answer = Vec::new();
        for command in [&log_in, "SELECT INBOX", command] {
            write!(stream, "k {command}\r\n").unwrap();
            answer.clear();
            loop {
                let line = lines.next().unwrap().unwrap();
                if let Some(result) = line.strip_prefix("k ") {
                    assert!(result.starts_with("OK"), "{command}: {result}");
                    break;
                }
                answer.push(line);
            }
        }
        write!(stream, "k LOGOUT\r\n").unwrap();
        lines.map_while(Result::ok).for_each(drop);
        answer
    }
}

impl Dovecot {
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        log + &self.process.log()
    }

    fn start() -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "Dovecot is not installed: run the tests with `scripts/test rust`, or install dovecot-imapd"
        );
        let folder = tempfile::Builder::new().prefix("klantportaal-imap-").tempdir().unwrap();
        // Its keeper removes the folder.
        let folder = folder.keep();
        for part in ["", "home", "run"] {
            open_folder(&folder.join(part));
        }
        make_certificate(&folder);
        let (address, encrypted) = (free_address(), free_address());
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let id = |flag: &str, ordinary: &str| {
            let mut id = Command::new("id");
            if is_root {
                return ordinary.to_owned();
            }
            String::from_utf8(id.arg(flag).output().unwrap().stdout).unwrap().trim().to_owned()
        };
        let (user, group) = (id("-un", "nobody"), id("-gn", "nogroup"));
        let (uid, gid) = (id("-u", "65534"), id("-g", "65534"));
        let config = format!(
            "base_dir = {at}/run
state_dir = {at}/run
log_path = {at}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
auth_failure_delay = 0
mail_max_userip_connections = 0
mail_fsync = never
ssl = yes
ssl_cert = <{at}/certificate.pem
ssl_key = <{at}/key.pem
mail_location = maildir:{at}/home/%u/Maildir
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}/home/%u
}}
service anvil {{
  chroot =
  # Without it no log-in waits because others from this address failed.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {}
  }}
  inet_listener imaps {{
    port = {}
  }}
}}
",
            address.port(),
            encrypted.port(),
            at = folder.display(),
        );
        let file = folder.join("dovecot.conf");
        std::fs::write(&file, config).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
        let command = [PROGRAM, "-F", "-c", file.to_str().unwrap()];
        let ordinary = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        let (program, arguments) = if is_root {
            ("setpriv", [&ordinary[..], &command].concat())
        } else {
            (PROGRAM, command[1..].to_vec())
        };
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        let process = ServerProcess::run(&folder, program, &arguments);
        Self { folder, address, encrypted, process }
    }
}

/// Makes a folder that the server's user can write in.
fn open_folder(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o777)).unwrap();
}

fn make_certificate(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args([
        "-addext",
        "subjectAltName=DNS:localhost,IP:0.0.0.0",
        "-addext",
        "basicConstraints=CA:FALSE",
    ]);
    let key = folder.join("key.pem");
    openssl.arg("-keyout").arg(&key).arg("-out").arg(folder.join("certificate.pem"));
    let ran = openssl.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    std::fs::set_permissions(key, PermissionsExt::from_mode(0o644)).unwrap();
}
