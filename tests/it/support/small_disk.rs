//! A server with its data on a small separate disk, which can be filled.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;

use super::ServerProcess;

pub struct SmallDisk {
    pub process: ServerProcess,
    orders: File,
    done: BufReader<File>,
}

/// Mounts the disk where only this process and its children see it, and follows orders.
const SCRIPT: &str = r#"
    set -e
    folder=$1; shift
    mkdir "$folder/disk"
    mount -t tmpfs -o size=8m,mode=700 disk "$folder/disk"
    while read -r order; do
        case $order in
            fill) head -c 16M /dev/zero >"$folder/disk/filler" 2>/dev/null || true ;;
            empty) rm "$folder/disk/filler" ;;
        esac
        echo done
    done <"$folder/orders" >"$folder/done" 2>/dev/null &
    exec "$@"
"#;

impl SmallDisk {
    /// Whether this machine lets a test mount one.
    pub fn can_be_mounted() -> bool {
        let mount = "mount -t tmpfs -o size=1m disk /mnt";
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount])
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// Starts a server with these flags, whose data is on the disk.
    pub fn start(folder: &Path, flags: &[&str]) -> Self {
        let pipes = [folder.join("orders"), folder.join("done")];
        assert!(Command::new("mkfifo").args(pipes).status().unwrap().success());
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let data = text(&folder.join("disk"));
        let folder_text = text(folder);
        let mut arguments: Vec<&str> =
            vec!["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh", &folder_text];
        arguments.extend([env!("CARGO_BIN_EXE_klantportaal"), "serve", "--listen", "127.0.0.1:0"]);
        arguments.extend(["--data-dir", &data]);
        arguments.extend(flags);
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        let process = ServerProcess::run(folder, "unshare", &arguments);
        let orders = OpenOptions::new().read(true).write(true).open(folder.join("orders")).unwrap();
        let done = OpenOptions::new().read(true).write(true).open(folder.join("done")).unwrap();
        Self { process, orders, done: BufReader::new(done) }
    }

    pub fn fill(&mut self) {
        self.order("fill");
    }

    pub fn empty(&mut self) {
        self.order("empty");
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        let mut line = String::new();
        self.done.read_line(&mut line).unwrap();
    }
}
