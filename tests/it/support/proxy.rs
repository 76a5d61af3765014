//! Debian's proxies in front of a small service, with the configuration from the documentation.

use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::header::WWW_AUTHENTICATE;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{ServerProcess, free_address};

const NGINX: &str = include_str!("../../../src/docs/proxies/nginx.conf");
const CADDY: &str = include_str!("../../../src/docs/proxies/Caddyfile");

/// The longest that a proxy may take to start.
const START: Duration = Duration::from_secs(60);

/// A proxy that asks whether a token has `planning.read` before it lets a request through to its
/// service. The service answers with what it got: method, path, headers and body.
pub struct Proxy {
    pub name: &'static str,
    pub url: String,
    _process: ServerProcess,
    _folder: TempDir,
}

impl Proxy {
    /// All of them, before the server at an address such as `http://127.0.0.1:8080`.
    pub async fn all(klantportaal: &str) -> Vec<Self> {
        let service = echo().await;
        let klantportaal = klantportaal.strip_prefix("http://").unwrap();
        vec![Self::nginx(klantportaal, service), Self::caddy(klantportaal, service)]
    }

    fn nginx(klantportaal: &str, service: SocketAddr) -> Self {
        Self::start("nginx", "/usr/sbin/nginx", |address, folder| {
            let server = filled(NGINX, klantportaal, service)
                .replace("{{listen}}", &format!("listen {address};"));
            // Of its own accord nginx writes in folders of the machine.
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
                .concat();
            let http = format!("access_log off;\n{temporary}{server}");
            // One process, so that none is left when it is killed.
            let configuration = format!(
                "daemon off;\nmaster_process off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{http}\n}}\n"
            );
            (configuration, ["-p", folder, "-e", "stderr", "-c"].map(str::to_owned).to_vec())
        })
    }

    fn caddy(klantportaal: &str, service: SocketAddr) -> Self {
        Self::start("caddy", "env", |address, folder| {
            let site = filled(CADDY, klantportaal, service)
                .replace("{{site}}", &format!("http://{address}"));
            let configuration = format!(
                "{{\nadmin off\nauto_https off\ndefault_bind 127.0.0.1\nstorage file_system {folder}\n}}\n{site}"
            );
            // Of its own accord Caddy writes in the folder of its user.
            let home = format!("XDG_CONFIG_HOME={folder}");
            (
                configuration,
                [&home, "/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config"]
                    .map(str::to_owned)
                    .to_vec(),
            )
        })
    }

    /// `configure` gives the configuration for an address and a folder, and the arguments before
    /// the file's name.
    fn start(
        name: &'static str,
        program: &str,
        configure: impl FnOnce(SocketAddr, &str) -> (String, Vec<String>),
    ) -> Self {
        let folder = tempfile::Builder::new().prefix("klantportaal-proxy-").tempdir().unwrap();
        let address = free_address();
        let (configuration, mut arguments) = configure(address, folder.path().to_str().unwrap());
        let file = folder.path().join("configuration");
        std::fs::write(&file, configuration).unwrap();
        arguments.push(file.to_str().unwrap().to_owned());
        let process = ServerProcess::run(folder.path(), program, &arguments);
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < START, "{name} did not start:\n{}", process.log());
            sleep(Duration::from_millis(20));
        }
        Self { name, url: format!("http://{address}"), _process: process, _folder: folder }
    }
}

fn filled(text: &str, klantportaal: &str, service: SocketAddr) -> String {
    text.replace("{{klantportaal}}", klantportaal).replace("{{service}}", &service.to_string())
}

/// A service that answers with what it got. Under `/eigen` it refuses by itself.
async fn echo() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let refuse = async || {
        (axum::http::StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Own")], "by the service itself")
    };
    let service = Router::new().route("/eigen", axum::routing::any(refuse)).fallback(got);
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

async fn got(request: Request) -> Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = Map::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap();
        let all = headers
            .get(name.as_str())
            .map_or(value.to_owned(), |before| format!("{}, {value}", before.as_str().unwrap()));
        headers.insert(name.to_string(), all.into());
    }
    Json(
        json!({ "method": parts.method.as_str(), "path": parts.uri.to_string(), "headers": headers, "body": String::from_utf8(body.to_vec()).unwrap() }),
    )
}
