//! Checks that the configured public addresses lead to the server. They are only requested on
//! demand, and no other hosts are contacted.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::HOST;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::finding::{Check, Finding};
use crate::config::{Config, Origin};

/// The timeout of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The response of `/healthz`.
const HEALTHY: &[u8] = b"ok\n";

pub(super) async fn examine(config: &Config, ask: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.public_url.is_none() {
        findings.push(Check::PublicAddress.warning(
            format!(
                "public-url is not set: links in mail and in the documentation lead to http://{}",
                config.listen
            ),
            "they do not work on other machines, and neither do passkeys",
            "set public-url, such as https://portal.example.nl",
        ));
    }
    for origin in origins(config) {
        if !origin.is_https() && !is_this_machine(origin) {
            findings.push(Check::PublicAddress.warning(
                format!("{origin} is reached without TLS"),
                "passwords, keys and customers cross the network unencrypted, and passkeys do not work",
                "put a proxy with a certificate in front (caddy reverse-proxy --from portal.example.nl --to 127.0.0.1:8080), and use https:// in the setting",
            ));
        }
        if ask && let Err(problem) = answers(origin).await {
            findings.push(problem_of(origin, &problem));
        }
    }
    findings
}

/// The configured addresses, without duplicates.
fn origins(config: &Config) -> Vec<&Origin> {
    let all = [
        &config.public_url,
        &config.manage_url,
        &config.api_url,
        &config.developers_url,
        &config.docs_url,
    ];
    let mut origins: Vec<&Origin> = Vec::new();
    for origin in all.into_iter().flatten() {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

fn is_this_machine(origin: &Origin) -> bool {
    match Url::parse(origin.as_str()).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why an address doesn't lead to the server.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("its name does not resolve: {0}")]
    Unknown(std::io::Error),
    #[error("nothing responds there: {0}")]
    Unreachable(std::io::Error),
    #[error("TLS fails: {0}")]
    Tls(std::io::Error),
    #[error("it does not respond within {} seconds", PATIENCE.as_secs())]
    Silent,
    #[error("the response is not HTTP: {0}")]
    NoHttp(hyper::Error),
    #[error("another server responds there, with status {0} to GET /healthz")]
    SomethingElse(u16),
}

fn problem_of(origin: &Origin, problem: &Problem) -> Finding {
    let remedy = match problem {
        Problem::Unknown(_) => {
            "add the name to DNS with this machine's address, or correct the setting"
        }
        Problem::Unreachable(_) | Problem::Silent => {
            "check that the server runs (systemctl status klantportaal), that the proxy in front of it runs, and that the firewall allows its port"
        }
        Problem::Tls(_) => {
            "check that the proxy's certificate is for this name and still valid: openssl s_client -connect HOST:443 -servername HOST"
        }
        Problem::NoHttp(_) | Problem::SomethingElse(_) => {
            "check that the proxy forwards this name to the server's listening address with the original Host header (proxy_set_header Host $host)"
        }
    };
    Check::PublicAddress.fault(
        format!("{origin} does not lead to the server: {problem}"),
        "neither people nor programs can use it",
        remedy,
    )
}

async fn answers(origin: &Origin) -> Result<(), Problem> {
    tokio::time::timeout(PATIENCE, ask(origin)).await.map_err(|_| Problem::Silent)?
}

async fn ask(origin: &Origin) -> Result<(), Problem> {
    let malformed = || Problem::Unknown(std::io::ErrorKind::InvalidInput.into());
    let url = Url::parse(origin.as_str()).map_err(|_| malformed())?;
    let (host, port) = (
        url.host_str().ok_or_else(malformed)?.trim_start_matches('[').trim_end_matches(']'),
        url.port_or_known_default().ok_or_else(malformed)?,
    );
    let addresses: Vec<_> = lookup_host((host, port)).await.map_err(Problem::Unknown)?.collect();
    let stream = TcpStream::connect(&addresses[..]).await.map_err(Problem::Unreachable)?;
    if !origin.is_https() {
        return healthy(origin, stream).await;
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| malformed())?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    healthy(origin, stream.map_err(Problem::Tls)?).await
}

async fn healthy(
    origin: &Origin,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<(), Problem> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Problem::NoHttp)?;
    let connection = tokio::spawn(connection);
    let authority = origin.as_str().split_once("://").map_or("", |(_, authority)| authority);
    let request = Request::get("/healthz").header(HOST, authority).body(Body::empty());
    let request = request.unwrap_or_default();
    let answer = sender.send_request(request).await.map_err(Problem::NoHttp)?;
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), HEALTHY.len()).await;
    connection.abort();
    match body {
        Ok(body) if status == 200 && body == HEALTHY => Ok(()),
        _ => Err(Problem::SomethingElse(status)),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    async fn tried(scheme: &str, answer: &'static str) -> Result<(), Problem> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/healthz", get(async move || answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        answers(&origin.parse().unwrap()).await
    }

    #[tokio::test]
    async fn the_server_is_told_from_others_and_from_nobody() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        tried("http", "ok\n").await.unwrap();
        assert!(matches!(tried("http", "welcome").await, Err(Problem::SomethingElse(200))));
        assert!(matches!(tried("https", "ok\n").await, Err(Problem::Tls(_))));
        let nobody = answers(&"http://127.0.0.1:1".parse().unwrap()).await;
        assert!(matches!(nobody, Err(Problem::Unreachable(_))));
        let unknown = answers(&"http://nowhere.invalid".parse().unwrap()).await;
        assert!(matches!(unknown, Err(Problem::Unknown(_) | Problem::Silent)), "{unknown:?}");
    }

    #[test]
    fn this_machine_needs_no_tls() {
        for (origin, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:8080", true),
            ("http://portal.example.nl", false),
            ("http://192.0.2.1", false),
        ] {
            assert_eq!(is_this_machine(&origin.parse().unwrap()), expected, "{origin}");
        }
    }
}
