//! What can be wrong with an S3 server and its settings.

use std::io;

use crate::objects::settings::Bucket;

/// Why the settings of an S3 server can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// There is no access key or no secret.
    #[error(
        "files in a bucket need s3-access-key-id and s3-secret-access-key; set them in the settings file or as \
         KLANTPORTAAL_S3_ACCESS_KEY_ID and KLANTPORTAAL_S3_SECRET_ACCESS_KEY"
    )]
    NoCredentials,
    /// Something else.
    #[error("s3-endpoint, s3-region and files-store don't fit together: {0}")]
    Invalid(String),
}

/// Why an S3 server can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum S3Fault {
    /// It has no such bucket.
    #[error("the bucket {0} does not exist")]
    NoBucket(String),
    /// The signature is wrong.
    #[error("the secret of the access key is wrong")]
    WrongSecret,
    /// It doesn't know the access key.
    #[error("the access key is unknown")]
    UnknownKey,
    /// The access key may not do this.
    #[error("the access key may not use the bucket {0}")]
    Forbidden(String),
    /// The region is another.
    #[error("the bucket is in another region")]
    OtherRegion,
    /// The clocks differ.
    #[error("the clock of this machine differs from that of the S3 server")]
    Clock,
    /// It doesn't answer, or not as it should.
    #[error("the S3 server can't be used now: {0}")]
    Away(String),
}

impl S3Fault {
    /// The fault that an error means.
    pub(super) fn of(error: &object_store::Error, bucket: &Bucket) -> Self {
        let text = error.to_string();
        let codes = [
            ("SignatureDoesNotMatch", Self::WrongSecret),
            ("InvalidAccessKeyId", Self::UnknownKey),
            ("RequestTimeTooSkewed", Self::Clock),
            ("NoSuchBucket", Self::NoBucket(bucket.name.clone())),
            ("AccessDenied", Self::Forbidden(bucket.name.clone())),
            ("PermanentRedirect", Self::OtherRegion),
            ("AuthorizationHeaderMalformed", Self::OtherRegion),
            ("incorrectly configured region", Self::OtherRegion),
        ];
        if let Some((_, fault)) = codes.into_iter().find(|(code, _)| text.contains(code)) {
            return fault;
        }
        match error {
            object_store::Error::NotFound { .. } => Self::NoBucket(bucket.name.clone()),
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Forbidden(bucket.name.clone()),
            _ => Self::Away(text),
        }
    }

    /// What to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoBucket(_) => "create the bucket, or correct files-store or s3-endpoint",
            Self::WrongSecret => "correct s3-secret-access-key",
            Self::UnknownKey => "correct s3-access-key-id, or create the key",
            Self::Forbidden(_) => {
                "let the key list the bucket, read, write and delete its objects, and list and abort multipart uploads"
            }
            Self::OtherRegion => "correct s3-region",
            Self::Clock => "set the clock, with NTP for example",
            Self::Away(_) => "check s3-endpoint, the network, and the server's log",
        }
    }

    /// Whether it passes without new settings.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// A store that can't be used now: whatever an S3 server answers, other than that something isn't there.
pub(super) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, error)
}
