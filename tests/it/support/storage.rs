//! SeaweedFS, a server with the S3 protocol. The tests of a process share one; each has a prefix of its
//! own in the bucket.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::http::Request;
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::HttpRequestBody;
use reqwest::{Client, Method};
use tokio::sync::OnceCell;

use super::{Answer, ServerProcess, free_address};

/// Where `scripts/test rust` installs it.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/storage/bin/weed");

/// The longest that it may take to start.
const START: Duration = Duration::from_secs(120);

/// The bucket that there is.
pub const BUCKET: &str = "klanten";

/// The access keys: one that may do everything, and one that may do nothing.
pub const KEY: &str = "sleutel";
pub const SECRET: &str = "geheim-van-de-sleutel";
pub const STRANGER: &str = "vreemde";

/// The server.
pub struct Storage {
    pub endpoint: String,
    http: Client,
    _process: ServerProcess,
}

/// A place in the bucket that no other test has.
pub struct OwnPrefix {
    storage: &'static Storage,
    pub prefix: String,
}

impl Storage {
    /// The server that all tests use together.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Storage> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// A place for a test.
    pub async fn own_prefix() -> OwnPrefix {
        let prefix = format!("proef-{:016x}/files", rand::random::<u64>());
        OwnPrefix { storage: Self::shared().await, prefix }
    }

    async fn start() -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "SeaweedFS is not installed: run the tests with `scripts/test rust`, which installs it in target/storage"
        );
        let folder = tempfile::Builder::new().prefix("klantportaal-storage-").tempdir().unwrap();
        // Its keeper removes the folder.
        let folder = folder.keep();
        let identities = serde_json::json!({ "identities": [
            { "name": "portal", "credentials": [{ "accessKey": KEY, "secretKey": SECRET }], "actions": ["Admin"] },
            { "name": "stranger", "credentials": [{ "accessKey": STRANGER, "secretKey": SECRET }], "actions": ["Read:anders", "List:anders"] },
        ]});
        std::fs::write(folder.join("identities.json"), identities.to_string()).unwrap();
        let mut arguments: Vec<String> = [
            "-logtostderr",
            "server",
            "-filer",
            "-s3",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=256",
            "-volume.max=20",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("-dir={}", folder.display()));
        arguments.push(format!("-s3.config={}", folder.join("identities.json").display()));
        let mut endpoint = String::new();
        for part in ["master", "volume", "filer", "s3"] {
            let address = free_address();
            arguments.push(format!("-{part}.port={}", address.port()));
            arguments.push(format!("-{part}.port.grpc={}", free_address().port()));
            endpoint = format!("http://{address}");
        }
        let process = ServerProcess::run(&folder, PROGRAM, &arguments);
        let http = Client::builder().no_proxy().build().unwrap();
        let storage = Self { endpoint, http, _process: process };
        storage.until_started().await;
        storage
    }

    /// Waits until it makes the bucket.
    async fn until_started(&self) {
        let begun = Instant::now();
        loop {
            let sent = self.signed(Method::PUT, BUCKET).send().await;
            if sent.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(begun.elapsed() < START, "SeaweedFS did not start:\n{}", self._process.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A request of its own protocol, without a body.
    pub fn signed(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.signed_with(method, path, HttpRequestBody::empty())
    }

    fn signed_with(
        &self,
        method: Method,
        path: &str,
        body: HttpRequestBody,
    ) -> reqwest::RequestBuilder {
        let credential =
            AwsCredential { key_id: KEY.into(), secret_key: SECRET.into(), token: None };
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = format!("{}/{path}", self.endpoint).parse().unwrap();
        AwsAuthorizer::new(&credential, "s3", "us-east-1")
            .try_authorize(&mut request, None)
            .unwrap();
        let url = request.uri().to_string();
        self.http.request(method, url).headers(request.headers().clone())
    }
}

impl OwnPrefix {
    /// The settings of a server that keeps files here.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--files-store={}", self.place())];
        flags.extend(self.credentials());
        flags
    }

    /// The settings of the S3 server, for a server that keeps files elsewhere.
    pub fn credentials(&self) -> Vec<String> {
        let endpoint = &self.storage.endpoint;
        vec![
            format!("--s3-endpoint={endpoint}"),
            format!("--s3-access-key-id={KEY}"),
            format!("--s3-secret-access-key={SECRET}"),
        ]
    }

    pub fn place(&self) -> String {
        format!("s3://{BUCKET}/{}", self.prefix)
    }

    /// The names of all objects here, without the prefix.
    pub async fn objects(&self) -> Vec<String> {
        let list = self.list("list-type=2").await;
        let keys = list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        let start = format!("{}/", self.prefix);
        keys.map(|key| key.strip_prefix(&start).unwrap().to_owned()).collect()
    }

    /// How many uploads in parts nobody has ended.
    pub async fn unfinished(&self) -> usize {
        self.list("uploads=").await.matches("<Upload>").count()
    }

    async fn list(&self, what: &str) -> String {
        let prefix = self.prefix.replace('/', "%2F");
        let request = self.storage.signed(Method::GET, &format!("{BUCKET}?{what}&prefix={prefix}"));
        let answer = Answer::unchecked(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    }

    /// Begins an upload in parts, as a process that is killed then.
    pub async fn begin_upload(&self, name: &str) {
        let path = format!("{BUCKET}/{}/{name}?uploads=", self.prefix);
        let answer = Answer::unchecked(self.storage.signed(Method::POST, &path)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Replaces an object behind the server's back.
    pub async fn put(&self, name: &str, content: &'static str) {
        let path = format!("{BUCKET}/{}/{name}", self.prefix);
        let body = HttpRequestBody::from(content.to_owned());
        let request = self.storage.signed_with(Method::PUT, &path, body).body(content);
        let answer = Answer::unchecked(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Removes an object behind the server's back.
    pub async fn lose(&self, name: &str) {
        let path = format!("{BUCKET}/{}/{name}", self.prefix);
        let answer = Answer::unchecked(self.storage.signed(Method::DELETE, &path)).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}
