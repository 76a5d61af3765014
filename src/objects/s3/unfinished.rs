//! Uploads in parts that nobody goes on with.

use std::io;
use std::time::SystemTime;

use axum::http::{Method, Request};
use jiff::Timestamp;
use object_store::aws::AwsAuthorizer;
use object_store::client::HttpRequestBody;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use serde::Deserialize;

use super::S3;
use super::fault::unavailable;

/// A page of the list of uploads.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Uploads {
    #[serde(default)]
    upload: Vec<Upload>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_key_marker: String,
    #[serde(default)]
    next_upload_id_marker: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
    initiated: String,
}

impl S3 {
    pub(in crate::objects) async fn remove_unfinished(
        &self,
        time: SystemTime,
    ) -> io::Result<usize> {
        let (mut count, mut after) = (0, (String::new(), String::new()));
        loop {
            let page = self.uploads(&after).await?;
            for upload in page.upload {
                // What doesn't parse isn't ours.
                let own = Path::parse(&upload.key).ok().filter(|path| self.is_own(path));
                let Some(path) = own.filter(|_| is_before(&upload.initiated, time)) else {
                    continue;
                };
                let aborted = self.0.store.abort_multipart(&path, &upload.upload_id).await;
                count += usize::from(self.found(aborted).await?.is_some());
            }
            let next = (page.next_key_marker, page.next_upload_id_marker);
            if !page.is_truncated || next == after {
                return Ok(count);
            }
            after = next;
        }
    }

    /// Whether something is below the prefix, and so nobody else's.
    fn is_own(&self, path: &Path) -> bool {
        path.prefix_matches(&self.prefix())
    }

    /// The uploads after an upload of an object (`ListMultipartUploads` of the S3 protocol).
    async fn uploads(&self, (key, id): &(String, String)) -> io::Result<Uploads> {
        let mut url = self.0.bucket_url.clone();
        url.query_pairs_mut()
            .append_pair("uploads", "")
            .append_pair("prefix", self.prefix().as_ref())
            .append_pair("key-marker", key)
            .append_pair("upload-id-marker", id);
        let mut request = Request::new(HttpRequestBody::empty());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = url.as_str().parse().map_err(io::Error::other)?;
        let credential = self.0.store.credentials().get_credential().await.map_err(unavailable)?;
        AwsAuthorizer::new(&credential, "s3", &self.0.region)
            .try_authorize(&mut request, None)
            .map_err(io::Error::other)?;
        let response = self.0.http.execute(request).await.map_err(unavailable)?;
        let status = response.status();
        let body = response.into_body().bytes().await.map_err(unavailable)?;
        let body = String::from_utf8_lossy(&body);
        if !status.is_success() {
            let text = format!("the list of unfinished uploads got {status}: {body}");
            return Err(unavailable(io::Error::other(text)));
        }
        quick_xml::de::from_str(&body).map_err(io::Error::other)
    }
}

/// Whether a time of the list is before another; false if it isn't a time.
fn is_before(text: &str, time: SystemTime) -> bool {
    let times = text.parse::<Timestamp>().ok().zip(Timestamp::try_from(time).ok());
    times.is_some_and(|(began, time)| began < time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_uploads_is_read() {
        let none = "<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>b</Bucket></ListMultipartUploadsResult>";
        assert!(quick_xml::de::from_str::<Uploads>(none).unwrap().upload.is_empty());
        let two = "<?xml version=\"1.0\"?><ListMultipartUploadsResult><IsTruncated>true</IsTruncated>
            <Upload><Key>a/b</Key><UploadId>1</UploadId><Initiated>2026-11-28T10:00:00.000Z</Initiated><StorageClass>STANDARD</StorageClass></Upload>
            <NextKeyMarker>a/c</NextKeyMarker>
            <Upload><Key>a/c</Key><UploadId>2</UploadId><Initiated>2026-11-28T11:00:00Z</Initiated></Upload>
            </ListMultipartUploadsResult>";
        let page: Uploads = quick_xml::de::from_str(two).unwrap();
        let ids: Vec<&str> = page.upload.iter().map(|upload| upload.upload_id.as_str()).collect();
        assert_eq!((ids, page.is_truncated), (vec!["1", "2"], true));
        assert_eq!(page.next_key_marker, "a/c");
    }
}
