//! Connections: limits on number and time, and unread bodies.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Engine, Instance, Server, statuses, upload_of};

/// The longest that the server may take to do what it shall.
const LONGEST: Duration = Duration::from_secs(120);

/// A connection of a client that does not behave.
struct Client(TcpStream);

impl Client {
    fn connect(server: &Instance) -> Self {
        let stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        Self(stream)
    }

    /// A connection on which this was sent.
    fn sending(server: &Instance, bytes: &str) -> Self {
        let mut client = Self::connect(server);
        client.send(bytes);
        client
    }

    fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).unwrap();
    }

    /// All that the server sends until it ends the connection.
    fn read_to_end(&mut self) -> String {
        let mut answer = Vec::new();
        self.0.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// The next answer, whose body has the length that it says.
    fn read_answer(&mut self) -> String {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let head = String::from_utf8(answer).unwrap();
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        head + &String::from_utf8(body).unwrap()
    }
}

/// The head of a request whose body has this length.
fn post(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn start(engine: Engine, flags: &[&str]) -> Server {
    Server::start(engine, flags).await
}

async fn is_answered(server: &Server) -> bool {
    let answer = reqwest::Client::new().get(format!("{}/healthz", server.url)).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

both_engines! {
    async fn who_never_completes_a_head_is_told_so_and_hung_up_on(engine: Engine) {
        let server = start(engine, &["--client-seconds=1", "--idle-seconds=60"]).await;
        let mut client = Client::sending(&server, "GET /healthz HTTP/1.1\r\nHost: local");
        let answer = client.read_to_end();
        assert_eq!(statuses(&answer), [408], "{answer}");
        assert!(answer.contains("Connection: close"), "{answer}");
    }

    async fn who_never_completes_a_body_is_told_so_as_each_surface_does(engine: Engine) {
        let server = start(engine, &["--client-seconds=1", "--idle-seconds=60"]).await;
        let key = server.portal().await.key().await;
        let customers = post("/v1/customers", 100)
            .replace("\r\n\r\n", &format!("\r\nAuthorization: Bearer {}\r\n\r\n{{", key.token));
        for (request, told) in [
            (customers, r#""code":408"#),
            (format!("{}{{", post("/oauth/tokens", 100)), r#""error":"invalid_request""#),
            (format!("{}{{", post("/leaks", 100)), r#""code":408"#),
        ] {
            let answer = Client::sending(&server, &request).read_to_end();
            assert_eq!(statuses(&answer), [408], "{answer}");
            assert!(answer.contains(told) && answer.contains("connection: close"), "{answer}");
        }
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], serde_json::json!([]));
    }

    async fn a_large_body_gets_its_time_anew_for_each_quarter_of_a_megabyte(engine: Engine) {
        let server = start(engine, &["--client-seconds=6", "--idle-seconds=60"]).await;
        let key = server.portal().await.key().await;
        let (kind, body) = upload_of("groot.bin", &[b'x'; 3_000_000], &[]);
        let head = format!("POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", key.token, body.len());
        // It takes longer than six seconds, but gets on.
        let mut client = Client::sending(&server, &head);
        for part in body.chunks(300_000) {
            tokio::time::sleep(Duration::from_millis(700)).await;
            client.0.write_all(part).unwrap();
        }
        assert!(client.read_answer().starts_with("HTTP/1.1 200"));
        // One that drips is hung up on, though something arrives all the time.
        let mut client = Client::sending(&server, &head);
        let cut_off = async {
            for part in body.chunks(1000) {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if client.0.write_all(part).is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(LONGEST, cut_off).await.expect("a byte now and then keeps it open");
        assert_eq!(key.get("/v1/files").await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn an_idle_connection_ends_without_a_word(engine: Engine) {
        let server = start(engine, &["--client-seconds=60", "--idle-seconds=3"]).await;
        assert_eq!(Client::connect(&server).read_to_end(), "", "nothing was asked yet");
        let mut client = Client::sending(&server, GET);
        assert_eq!(statuses(&client.read_to_end()), [200], "one request was answered");
    }

    async fn who_takes_no_answer_is_hung_up_on(engine: Engine) {
        let server = start(engine, &["--client-seconds=1", "--idle-seconds=60", "--max-connections=4"]).await;
        // Far more answers are asked for than the system keeps for a client that does not read.
        let mut client = Client::connect(&server);
        client.0.set_write_timeout(Some(LONGEST)).unwrap();
        let many = "GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
        let hung_up = (0..1000).find_map(|_| client.0.write_all(many.as_bytes()).err());
        let how = hung_up.expect("the server went on for ever").kind();
        assert!(matches!(how, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{how}");
        assert!(is_answered(&server).await);
    }

    async fn newcomers_are_answered_however_many_drip(engine: Engine) {
        let server = start(engine, &["--max-connections=8", "--client-seconds=3600", "--idle-seconds=3600"]).await;
        let body = post("/oauth/tokens", 60_000) + "{";
        for drip in ["", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n", &body] {
            let drips: Vec<Client> = (0..40).map(|_| Client::sending(&server, drip)).collect();
            for _ in 0..3 {
                assert!(is_answered(&server).await, "{drip:?}");
            }
            drop(drips);
        }
    }

    async fn of_all_connections_the_one_that_waited_longest_makes_room(engine: Engine) {
        let server = start(engine, &["--max-connections=4", "--client-seconds=3600", "--idle-seconds=3600"]).await;
        let mut first = Client::connect(&server);
        let mut second = Client::sending(&server, GET);
        assert_eq!(statuses(&second.read_answer()), [200]);
        let _others: Vec<Client> = (0..3).map(|_| Client::connect(&server)).collect();
        assert_eq!(first.read_to_end(), "", "the fifth takes its place");
        second.send(GET);
        assert_eq!(statuses(&second.read_answer()), [200], "there was room for the others");
    }

    async fn one_address_does_not_take_all_places(engine: Engine) {
        let flags = ["--max-connections=100", "--max-connections-per-address=3", "--client-seconds=3600", "--idle-seconds=3600"];
        let server = start(engine, &flags).await;
        let mut first = Client::connect(&server);
        let others: Vec<Client> = (0..3).map(|_| Client::connect(&server)).collect();
        assert_eq!(first.read_to_end(), "", "the oldest makes room");
        drop(others);
        // A proxy is everybody.
        let server = start(engine, &[&flags[..], &["--trusted-proxies=127.0.0.1"]].concat()).await;
        let mut first = Client::connect(&server);
        let _others: Vec<Client> = (0..20).map(|_| Client::connect(&server)).collect();
        assert!(is_answered(&server).await);
        first.send(GET);
        assert_eq!(statuses(&first.read_answer()), [200]);
    }

    async fn a_connection_goes_on_after_a_body_that_nobody_read(engine: Engine) {
        let server = start(engine, &[]).await;
        for (path, status) in [("/v1/customers", 401), ("/healthz", 405), ("/v1/nergens", 404), ("/manage/settings/api-keys/new", 303)] {
            let mut client = Client::connect(&server);
            for length in [1, 300, 20_000] {
                client.send(&(post(path, length) + &"x".repeat(length)));
                let answer = client.read_answer();
                assert_eq!(statuses(&answer), [status], "{path}: {answer}");
                client.send(GET);
                assert_eq!(statuses(&client.read_answer()), [200], "after {length} bytes to {path}");
            }
        }
    }

    async fn after_a_large_body_that_nobody_read_the_connection_ends_with_notice(engine: Engine) {
        let server = start(engine, &[]).await;
        let length = 900_000;
        let mut client = Client::sending(&server, &post("/v1/customers", length));
        // What the server does not take any more is not its affair.
        let _ = client.0.write_all(&vec![b'x'; length]);
        let answer = client.read_to_end();
        assert_eq!(statuses(&answer), [401], "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }

    async fn who_is_still_sending_is_not_cut_off_before_the_answer_is_read(engine: Engine) {
        let server = start(engine, &[]).await;
        let mut client = Client::sending(&server, &post("/v1/customers", 2_000_000));
        client.send(&"x".repeat(300_000));
        let answer = client.read_to_end();
        assert_eq!(statuses(&answer), [401], "{answer}");
        // A connection that was closed with something unread is reset by what comes then.
        for _ in 0..20 {
            client.send(&"x".repeat(1000));
        }
    }

    async fn a_body_that_waits_to_be_asked_for_is_not_asked_for_in_vain(engine: Engine) {
        let server = start(engine, &[]).await;
        let expecting = post("/v1/customers", 500).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        let answer = Client::sending(&server, &expecting).read_to_end();
        assert_eq!(statuses(&answer), [401], "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}
