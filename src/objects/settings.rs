//! The settings of where contents are.

// clap shows these texts as they are.
#![allow(rustdoc::bare_urls)]

use std::fmt;
use std::str::FromStr;

use clap::Args;
use secrecy::SecretString;
use url::Url;

use super::scanner_address::ScannerAddress;
use crate::arguments::YesNo;

/// Where the contents of files are, and how a server with the S3 protocol is reached.
#[derive(Debug, Clone, Args)]
pub struct ObjectSettings {
    /// Where the contents of uploaded files are: disk (the folder files in the data folder), or
    /// s3://BUCKET/PREFIX on a server with the S3 protocol, where nothing else may use the prefix;
    /// klantportaal files move-to copies them from one place to another
    #[arg(
        long,
        env = "KLANTPORTAAL_FILES_STORE",
        value_name = "PLACE",
        default_value = "disk",
        global = true
    )]
    pub files_store: Place,

    /// Server with the S3 protocol, such as https://s3.example.nl [default: Amazon's in the region]
    #[arg(long, env = "KLANTPORTAAL_S3_ENDPOINT", value_name = "URL", global = true)]
    pub s3_endpoint: Option<Endpoint>,

    /// Region of the bucket; many servers other than Amazon's take any
    #[arg(long, env = "KLANTPORTAAL_S3_REGION", value_name = "REGION", default_value = "us-east-1",
          value_parser = region, global = true)]
    pub s3_region: String,

    /// Whether the bucket is in the path of addresses, and not in their host
    #[arg(
        long,
        env = "KLANTPORTAAL_S3_PATH_STYLE",
        value_name = "YES_OR_NO",
        default_value = "yes",
        global = true
    )]
    pub s3_path_style: YesNo,

    /// Access key for the bucket; it may list, read, write and delete objects, and list and abort
    /// multipart uploads
    #[arg(
        long,
        env = "KLANTPORTAAL_S3_ACCESS_KEY_ID",
        value_name = "KEY",
        hide_env_values = true,
        global = true
    )]
    pub s3_access_key_id: Option<Credential>,

    /// Secret of the access key
    #[arg(
        long,
        env = "KLANTPORTAAL_S3_SECRET_ACCESS_KEY",
        value_name = "SECRET",
        hide_env_values = true,
        global = true
    )]
    pub s3_secret_access_key: Option<Credential>,

    /// Virus scanner for new files and attachments: clamd:/run/clamav/clamd.ctl or clamd://127.0.0.1:3310;
    /// nobody gets a file before it is scanned. Set AlertExceedsMax yes in clamd.conf [default: no scan]
    #[arg(long, env = "KLANTPORTAAL_SCANNER", value_name = "ADDRESS", global = true)]
    pub scanner: Option<ScannerAddress>,
}

/// A place for contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The folder `files` in the data folder.
    Disk,
    /// A bucket of the S3 server.
    S3(Bucket),
}

/// A bucket, and what the names of all objects in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// The parts of the prefix, without slashes.
    pub prefix: Vec<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk => f.write_str("disk"),
            Self::S3(Bucket { name, prefix }) => {
                write!(f, "s3://{name}")?;
                prefix.iter().try_for_each(|part| write!(f, "/{part}"))
            }
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected disk, or s3://BUCKET/PREFIX such as s3://klanten/files".to_owned();
        if text == "disk" {
            return Ok(Self::Disk);
        }
        let path = text.strip_prefix("s3://").ok_or_else(expected)?;
        let mut parts = path.trim_end_matches('/').split('/').map(str::to_owned);
        let name = parts.next().unwrap_or_default();
        let prefix: Vec<String> = parts.collect();
        let is_plain = |part: &String| {
            let mut letters = part.chars();
            letters.all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
                && part.chars().any(|letter| letter.is_ascii_alphanumeric())
        };
        if (3..=63).contains(&name.len()) && is_plain(&name) && prefix.iter().all(is_plain) {
            Ok(Self::S3(Bucket { name, prefix }))
        } else {
            Err(expected())
        }
    }
}

/// The address of a server: scheme, host and port.
#[derive(Debug, Clone)]
pub struct Endpoint(pub Url);

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        url.map(Self).ok_or_else(|| {
            "expected scheme, host and port only, such as https://s3.example.nl".to_owned()
        })
    }
}

/// A part of the credentials. `Debug` doesn't reveal it.
#[derive(Debug, Clone)]
pub struct Credential(pub SecretString);

impl FromStr for Credential {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err("expected letters, digits and signs, without spaces".to_owned());
        }
        Ok(Self(text.into()))
    }
}

fn region(text: &str) -> Result<String, String> {
    let is_fine = !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if is_fine { Ok(text.to_owned()) } else { Err("expected a name such as eu-west-1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_disk_or_a_bucket_with_a_prefix() {
        for (text, shown) in [
            ("disk", "disk"),
            ("s3://klanten", "s3://klanten"),
            ("s3://klanten/", "s3://klanten"),
            ("s3://klanten.nl/a/b_c-1", "s3://klanten.nl/a/b_c-1"),
        ] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "Disk",
            "s3://",
            "s3://ab",
            "s3://klanten//a",
            "s3://klanten/..",
            "s3://k?n/a",
            "https://klanten",
        ] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_credential_is_never_shown() {
        let secret: Credential = "geheim".parse().unwrap();
        assert!(!format!("{secret:?}").contains("geheim"));
    }
}
