//! A connection on which somebody is logged in.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use async_imap::imap_proto::{Response, Status};
use async_imap::{Authenticator, Client, Session};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::ImapFault;
use super::bounded::{Allowance, BoundedStream};
use crate::config::{ImapEncryption, ImapUrl};
use crate::outgoing::tls_connector;

/// A stream to a server, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Debug + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Debug + Unpin + Send> Stream for S {}

/// A stream to a server that bounds its answers.
pub(super) type Bounded = BoundedStream<Box<dyn Stream>>;

/// What an answer may be: how long it may take, and how much the server may send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) time: Duration,
    pub(super) allowance: Allowance,
}

/// The bounds of answers about the connection or about one mail.
pub(super) const SHORT: Bounds = Bounds {
    time: Duration::from_secs(30),
    allowance: Allowance { text: 256 * 1024, literals: 0 },
};

/// How long each address of a host has to accept a connection.
const ACCEPT: Duration = Duration::from_secs(5);

/// The most addresses of a host that are tried.
const MOST_ADDRESSES: usize = 8;

/// Waits for an answer, but not for ever.
pub(super) async fn within<T, E: Into<ImapFault>>(
    time: Duration,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, ImapFault> {
    timeout(time, answer).await.map_err(|_| ImapFault::Silent)?.map_err(Into::into)
}

/// Connects and logs in. The connection is encrypted before the password is sent, unless it stays on this machine.
pub(super) async fn log_in(url: &ImapUrl, bounds: Bounds) -> Result<Session<Bounded>, ImapFault> {
    let stream = connected(url, bounds).await?;
    let client = match url.encryption {
        ImapEncryption::Tls => {
            greeted(encrypted(url, Box::new(stream), bounds).await?, bounds).await?
        }
        ImapEncryption::StartTls => {
            let mut client = greeted(Box::new(stream), bounds).await?;
            client.get_mut().allow(bounds.allowance);
            let agreed = client.run_command_and_check_ok("STARTTLS", None);
            within(bounds.time, agreed).await.map_err(|fault| match fault {
                ImapFault::Refused(why) => ImapFault::NotEncrypted(why),
                other => other,
            })?;
            // What anybody sent behind the answer is dropped with the client.
            let stream = client.into_inner().into_inner();
            Client::new(BoundedStream::new(encrypted(url, stream, bounds).await?))
        }
        ImapEncryption::None => greeted(Box::new(stream), bounds).await?,
    };
    authenticated(client, url, bounds).await
}

/// Connects to the first address of the host that accepts it.
async fn connected(url: &ImapUrl, bounds: Bounds) -> Result<TcpStream, ImapFault> {
    let addresses = lookup_host((url.host.as_str(), url.port));
    let mut fault = ImapFault::Unreachable(io::ErrorKind::NotFound.into());
    for address in within(bounds.time, addresses).await?.take(MOST_ADDRESSES) {
        match within(ACCEPT, TcpStream::connect(address)).await {
            Ok(stream) => return Ok(stream),
            Err(other) => fault = other,
        }
    }
    Err(fault)
}

async fn encrypted(
    url: &ImapUrl,
    stream: Box<dyn Stream>,
    bounds: Bounds,
) -> Result<Box<dyn Stream>, ImapFault> {
    let name = ServerName::try_from(url.host.clone())
        .map_err(|error| ImapFault::NotEncrypted(error.to_string()))?;
    match timeout(bounds.time, tls_connector().connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(ImapFault::NotEncrypted(error.to_string())),
        Err(_) => Err(ImapFault::Silent),
    }
}

/// Reads what a server says first.
pub(super) async fn greeted(
    stream: Box<dyn Stream>,
    bounds: Bounds,
) -> Result<Client<Bounded>, ImapFault> {
    let mut client = Client::new(BoundedStream::new(stream));
    client.get_mut().allow(bounds.allowance);
    let greeting = within(bounds.time, client.read_response()).await?;
    match greeting.as_ref().map(|greeting| greeting.parsed()) {
        Some(Response::Data { status: Status::Ok, .. }) => Ok(client),
        Some(Response::Data { status: Status::Bye, outcome }) => {
            Err(ImapFault::Refused(outcome.information.as_deref().unwrap_or("BYE").to_owned()))
        }
        _ => Err(ImapFault::Unintelligible),
    }
}

/// User name and password for AUTHENTICATE PLAIN (RFC 4616), which are sent once.
struct Plain(Option<String>);

impl Authenticator for Plain {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

async fn authenticated(
    mut client: Client<Bounded>,
    url: &ImapUrl,
    bounds: Bounds,
) -> Result<Session<Bounded>, ImapFault> {
    client.get_mut().allow(bounds.allowance);
    let log_in = client.authenticate("PLAIN", Plain(Some(plain(url))));
    let session = within(bounds.time, async { log_in.await.map_err(|(error, _)| error) }).await;
    session.map_err(|fault| match without_password(fault, url) {
        ImapFault::Refused(why) => ImapFault::LogIn(why),
        other => other,
    })
}

fn plain(url: &ImapUrl) -> String {
    format!("\0{}\0{}", url.user, url.password.expose_secret())
}

/// The same fault without the password, should the server repeat it.
pub(super) fn without_password(fault: ImapFault, url: &ImapUrl) -> ImapFault {
    fault.without(&[&STANDARD.encode(plain(url)), url.password.expose_secret()])
}
