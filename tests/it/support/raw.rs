//! Raw requests, which no client library would send.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::Instance;

/// The longest that an answer may take.
const LONGEST: Duration = Duration::from_secs(120);

impl Instance {
    /// Sends these bytes, which must ask for the connection's end, and reads all that is answered;
    /// empty when the server hangs up.
    pub fn send_raw(&self, request: impl AsRef<[u8]>) -> String {
        self.send_and_read(request.as_ref(), false)
    }

    /// The same, but nothing more is sent after these bytes: a body that was announced longer ends
    /// there.
    pub fn send_cut_off(&self, request: impl AsRef<[u8]>) -> String {
        self.send_and_read(request.as_ref(), true)
    }

    fn send_and_read(&self, request: &[u8], cut_off: bool) -> String {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream.write_all(request).unwrap();
        if cut_off {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let mut answer = Vec::new();
        // Whoever is hung up on may find the connection reset.
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => {
                panic!("no answer: {error}")
            }
            _ => String::from_utf8_lossy(&answer).into_owned(),
        }
    }
}

/// The status of each answer in such a text.
pub fn statuses(answers: &str) -> Vec<u16> {
    answers.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok()).collect()
}
