//! A small HTTP client that looks at the address of each connection before it opens it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::HeaderMap;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::connection::{Answer, Connection, Post, is_closed};
use super::kept::KeptConnections;
use super::{Guard, Refused};

/// How long a request can take in total, from its name's resolution to the end of the response.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How many names are resolved at once: each takes a thread.
const MOST_LOOKUPS: usize = 64;

/// Makes requests. It follows no redirects.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    tls: Arc<OnceLock<TlsConnector>>,
    lookups: Arc<Semaphore>,
    kept: Arc<KeptConnections>,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The request was not made.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The name has no address.
    #[error("the name cannot be resolved: {0}")]
    Unknown(io::Error),
    /// Nobody accepts connections there.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// The connection is not safe.
    #[error("no safe connection: {0}")]
    Tls(io::Error),
    /// What came isn't an HTTP response.
    #[error("no HTTP response: {0}")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error("no response within {} seconds", TIMEOUT.as_secs())]
    Silent,
}

impl Client {
    /// A client that goes where `guard` lets it.
    pub fn new(guard: Guard) -> Self {
        let lookups = Arc::new(Semaphore::new(MOST_LOOKUPS));
        Self { guard, tls: Arc::default(), lookups, kept: Arc::default() }
    }

    /// Where it may go.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Posts a body, and reads the response within 15 seconds.
    ///
    /// # Errors
    /// [`Fault`]: when there is no response.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: String) -> Result<Answer, Fault> {
        let post = Post { url: url.clone(), headers, body: body.into() };
        tokio::time::timeout(TIMEOUT, self.exchange(post)).await.map_err(|_| Fault::Silent)?
    }

    async fn exchange(&self, post: Post) -> Result<Answer, Fault> {
        self.guard.check(&post.url)?;
        if let Some(kept) = self.kept.take(&post.url) {
            match self.send(kept, &post).await {
                // The other side can close a connection at the moment when it is used again.
                Err(error) if is_closed(&error) => {}
                sent => return Ok(sent?),
            }
        }
        let connection = self.connect(&post.url).await?;
        Ok(self.send(connection, &post).await?)
    }

    async fn send(&self, connection: Connection, post: &Post) -> hyper::Result<Answer> {
        let (answer, connection) = connection.send(post).await?;
        if let Some(connection) = connection {
            self.kept.put(&post.url, connection);
        }
        Ok(answer)
    }

    async fn connect(&self, url: &Url) -> Result<Connection, Fault> {
        let addresses = self.addresses(url).await?;
        let stream = TcpStream::connect(&addresses[..]).await.map_err(Fault::Unreachable)?;
        // Small requests that nothing follows.
        stream.set_nodelay(true).map_err(Fault::Unreachable)?;
        if url.scheme() != "https" {
            return Ok(Connection::open(stream, TIMEOUT).await?);
        }
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            None => None,
        };
        let name = name.ok_or_else(|| Fault::Tls(io::ErrorKind::InvalidInput.into()))?;
        let tls = self.tls.get_or_init(tls_connector).connect(name, stream).await;
        Ok(Connection::open(tls.map_err(Fault::Tls)?, TIMEOUT).await?)
    }

    /// The addresses of a host that requests may go to. What is returned is what is connected to, so
    /// that the name can't lead elsewhere in the meantime.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Fault> {
        let port = url.port_or_known_default().unwrap_or_default();
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => {
                let turn = self.lookups.acquire().await;
                let found = lookup_host((name, port)).await.map_err(Fault::Unknown)?.collect();
                drop(turn);
                found
            }
            None => Vec::new(),
        };
        let (mut open, mut refused) = (Vec::new(), None);
        for address in found {
            match self.guard.check_address(address.ip(), url.scheme() != "https") {
                Ok(()) => open.push(address),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if open.is_empty() => Err(why.into()),
            None if open.is_empty() => Err(Fault::Unknown(io::ErrorKind::NotFound.into())),
            _ => Ok(open),
        }
    }
}

/// Makes connections safe; trusts whom the machine trusts.
pub fn tls_connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::HeaderValue;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::connection::MOST_READ;
    use super::*;

    /// Answers one request with these bytes, and returns what was asked.
    async fn answering(answer: Vec<u8>) -> (Url, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/haak?a=b#c", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            // The client may have heard enough.
            let _ = stream.write_all(&answer).await;
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (url.parse().unwrap(), asked)
    }

    fn client() -> Client {
        Client::new(Guard::new(&["127.0.0.0/8".parse().unwrap()]))
    }

    #[tokio::test]
    async fn a_body_is_posted_and_the_start_of_the_response_read() {
        let body = "x".repeat(1_000_000);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let (url, asked) = answering((head + &body).into_bytes()).await;
        let headers = [(axum::http::header::USER_AGENT, HeaderValue::from_static("proef"))];
        let answer = client().post(&url, headers.into_iter().collect(), "{}".into()).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, MOST_READ));
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("POST /haak?a=b HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.contains("user-agent: proef\r\n") && asked.ends_with("\r\n\r\n{}"),
            "{asked}"
        );
        let host = format!("host: {}\r\n", url.authority());
        assert!(asked.contains(&host), "{asked}");
    }

    #[tokio::test]
    async fn a_redirect_is_a_response_like_any_other() {
        let moved =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (url, _asked) = answering(moved.into()).await;
        assert_eq!(client().post(&url, HeaderMap::new(), "{}".into()).await.unwrap().status, 302);
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        // Whatever a name resolves to is looked at, also that of this machine.
        let guard = Guard::new(&["192.0.2.0/24".parse().unwrap()]);
        let url = Url::parse("https://localhost:9/").unwrap();
        assert_eq!(guard.check(&url), Ok(()));
        let refused = Client::new(guard).post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(refused, Err(Fault::Refused(Refused::NotPublic))), "{refused:?}");
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told() {
        let (url, _asked) = answering(b"SSH-2.0-x\r\n".to_vec()).await;
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Http(_))), "{answer:?}");
        let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
        let (url, _asked) = answering(huge.into_bytes()).await;
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Http(_))), "{answer:?}");
        let url = "http://127.0.0.1:1/".parse().unwrap();
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Unreachable(_))), "{answer:?}");
    }

    /// Answers every request of up to `requests` on each connection, then closes it without a word.
    /// Returns the address and a count of connections.
    async fn serving(requests: usize, head: &'static str) -> (Url, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    for _ in 0..requests {
                        let mut asked = [0; 4096];
                        if stream.read(&mut asked).await.unwrap_or(0) == 0 {
                            return;
                        }
                        stream.write_all(head.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        (url, connections)
    }

    async fn connections_of_three(requests: usize, head: &'static str) -> usize {
        let (url, connections) = serving(requests, head).await;
        let client = client();
        for _ in 0..3 {
            let answer = client.post(&url, HeaderMap::new(), "{}".into()).await.unwrap();
            assert_eq!(answer.status, 200);
        }
        connections.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn the_next_request_takes_the_same_connection() {
        const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(connections_of_three(3, WHOLE).await, 1);
        // One that was closed is replaced, without a failure.
        assert_eq!(connections_of_three(2, WHOLE).await, 2);
        assert_eq!(connections_of_three(1, WHOLE).await, 3);
        let closing = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        assert_eq!(connections_of_three(3, closing).await, 3);
        // The rest of a long response isn't waited for.
        let unread = "HTTP/1.1 200 OK\r\ncontent-length: 4097\r\n\r\n";
        let long: &str = Box::leak((unread.to_owned() + &"x".repeat(4097)).into_boxed_str());
        assert_eq!(connections_of_three(3, long).await, 3);
    }

    #[tokio::test]
    async fn requests_at_the_same_time_have_connections_of_their_own() {
        let (url, connections) = serving(2, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let client = client();
        let post = || client.post(&url, HeaderMap::new(), "{}".into());
        let (one, other) = tokio::join!(post(), post());
        assert_eq!((one.unwrap().status, other.unwrap().status), (200, 200));
        assert_eq!(connections.load(Ordering::Relaxed), 2);
    }
}
