//! Contents in a bucket of a server with the S3 protocol, under `PREFIX/<portal>/<file>`.

mod client;
mod fault;
mod unfinished;
mod upload;

pub use fault::{S3Fault, SettingsFault};

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::HttpClient;
use object_store::path::Path;
use object_store::{BackoffConfig, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use url::Url;

use self::client::Client;
use self::fault::unavailable;
use super::key::ObjectKey;
use super::object::Object;
use super::settings::{Bucket, ObjectSettings};
use crate::arguments::YesNo;
use crate::ids::{FileId, PortalId};

/// The most parts that are in memory of all uploads together.
const MOST_PARTS: usize = 8;

/// Until when a failed request is made again. With the time that one can take, it is how long somebody
/// waits while the server is away.
const RETRY: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.0,
    },
    max_retries: 3,
    retry_timeout: Duration::from_secs(5),
};

/// The contents in a bucket. Clones share them.
#[derive(Clone)]
pub struct S3(Arc<Inner>);

struct Inner {
    store: AmazonS3,
    /// For what the store has no method for.
    http: HttpClient,
    region: String,
    bucket_url: Url,
    bucket: Bucket,
    /// One for each part in memory.
    parts: Arc<Semaphore>,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3").field(&self.0.bucket_url.as_str()).finish()
    }
}

impl S3 {
    /// A bucket of the server of the settings. Nothing is asked of it yet.
    pub(super) fn new(bucket: &Bucket, settings: &ObjectSettings) -> Result<Self, SettingsFault> {
        let (Some(key), Some(secret)) =
            (&settings.s3_access_key_id, &settings.s3_secret_access_key)
        else {
            return Err(SettingsFault::NoCredentials);
        };
        let bucket_url = bucket_url(bucket, settings)?;
        let client = Client::default();
        let store = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&settings.s3_region)
            // Whatever the style, the whole address is given.
            .with_endpoint(bucket_url.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(true)
            .with_access_key_id(key.0.expose_secret())
            .with_secret_access_key(secret.0.expose_secret())
            // Not every server has the request that deletes several.
            .with_disable_bulk_delete(true)
            .with_retry(RETRY)
            .with_http_connector(client.clone())
            .build()
            .map_err(|error| SettingsFault::Invalid(error.to_string()))?;
        Ok(Self(Arc::new(Inner {
            store,
            http: HttpClient::new(client),
            region: settings.s3_region.clone(),
            bucket_url,
            bucket: bucket.clone(),
            parts: Arc::new(Semaphore::new(MOST_PARTS)),
        })))
    }

    /// Asks for the first object, to see whether the settings are right.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) async fn check(&self) -> Result<(), S3Fault> {
        let first = self.0.store.list(Some(&self.prefix())).next().await;
        first.transpose().map(drop).map_err(|error| S3Fault::of(&error, &self.0.bucket))
    }

    fn prefix(&self) -> Path {
        self.0.bucket.prefix.iter().map(String::as_str).collect()
    }

    fn folder_of(&self, portal: &PortalId) -> Path {
        self.prefix().join(portal.as_str())
    }

    fn path(&self, key: &ObjectKey) -> Path {
        self.folder_of(&key.portal).join(key.file.as_str())
    }

    pub(super) async fn open(&self, key: &ObjectKey) -> io::Result<Option<Object>> {
        let path = self.path(key);
        let Some(meta) = self.found(self.0.store.head(&path).await).await? else {
            return Ok(None);
        };
        let (inner, tag) = (self.0.clone(), meta.e_tag);
        let read = move |range| {
            let options = GetOptions {
                range: Some(GetRange::Bounded(range)),
                if_match: tag,
                ..<_>::default()
            };
            let pieces = async move {
                let answer = inner.store.get_opts(&path, options).await;
                let pieces = answer.map_err(unavailable)?.into_stream();
                io::Result::Ok(pieces.map_err(unavailable))
            };
            futures_util::stream::once(pieces).try_flatten().boxed()
        };
        Ok(Some(Object::elsewhere(meta.size, read)))
    }

    pub(super) async fn size(&self, key: &ObjectKey) -> io::Result<Option<u64>> {
        let meta = self.found(self.0.store.head(&self.path(key)).await).await?;
        Ok(meta.map(|meta| meta.size))
    }

    pub(super) async fn remove(&self, key: &ObjectKey) -> io::Result<()> {
        self.found(self.0.store.delete(&self.path(key)).await).await.map(drop)
    }

    pub(super) async fn portals(&self) -> io::Result<Vec<PortalId>> {
        let list = self.0.store.list_with_delimiter(Some(&self.prefix())).await;
        let folders = list.map_err(unavailable)?.common_prefixes;
        Ok(folders.iter().filter_map(|path| path.filename()?.parse().ok()).collect())
    }

    pub(super) async fn stored_before(
        &self,
        portal: &PortalId,
        time: SystemTime,
    ) -> io::Result<Vec<FileId>> {
        let list = self.0.store.list(Some(&self.folder_of(portal)));
        let old = list.try_filter_map(|meta| async move {
            let is_old = SystemTime::from(meta.last_modified) < time;
            let file = meta.location.filename().and_then(|name| name.parse().ok());
            Ok(file.filter(|_| is_old))
        });
        old.try_collect().await.map_err(unavailable)
    }

    /// Nothing, if it is that something isn't there. A 404 alone doesn't say so: a bucket that was
    /// removed gets it, too, and so does whatever answers in place of a server that is away.
    async fn found<T>(&self, result: object_store::Result<T>) -> io::Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(object_store::Error::NotFound { .. }) => {
                let mut list = self.0.store.list(Some(&self.prefix()));
                list.next().await.transpose().map_err(unavailable)?;
                Ok(None)
            }
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// The address of a bucket.
fn bucket_url(bucket: &Bucket, settings: &ObjectSettings) -> Result<Url, SettingsFault> {
    let invalid = || SettingsFault::Invalid("the bucket has no address there".to_owned());
    let mut url = match &settings.s3_endpoint {
        Some(endpoint) => endpoint.0.clone(),
        None => {
            let amazon = format!("https://s3.{}.amazonaws.com/", settings.s3_region);
            amazon.parse().map_err(|_| invalid())?
        }
    };
    if settings.s3_path_style == YesNo::Yes {
        url.set_path(&bucket.name);
    } else {
        let host = format!("{}.{}", bucket.name, url.host_str().unwrap_or_default());
        url.set_host(Some(&host)).map_err(|_| invalid())?;
    }
    Ok(url)
}
