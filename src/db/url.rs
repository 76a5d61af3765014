//! The URL of a database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The database engine, and the location of its data.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file within the data folder (or an absolute path).
    Sqlite(PathBuf),
    /// A PostgreSQL URL. It can contain a password, so `Debug` doesn't reveal it.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:…"),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err("sqlite: needs a file name after it".into())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            text.parse::<tokio_postgres::Config>().map_err(|error| error.to_string())?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("expected sqlite:FILE or postgres://…".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_names_its_engine_and_hides_its_password() {
        assert_eq!("sqlite:a.db".parse(), Ok(DatabaseUrl::Sqlite("a.db".into())));
        let postgres: DatabaseUrl = "postgres://u:geheim@localhost/db".parse().unwrap();
        assert!(!format!("{postgres:?}").contains("geheim"));
        assert!("mysql://x".parse::<DatabaseUrl>().is_err());
        assert!("sqlite:".parse::<DatabaseUrl>().is_err());
    }
}
