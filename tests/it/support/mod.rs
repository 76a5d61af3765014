//! What the tests share: a server of each engine, portals with keys, requests and responses.

mod address;
mod answer;
mod authenticator;
mod browser;
mod caller;
pub mod clamd;
mod cli;
mod cluster;
mod damaged_file;
mod database;
mod dovecot;
mod in_process;
mod instance;
mod mail_server;
mod mailbox;
mod oauth;
pub mod operations;
mod own_scopes;
mod page;
pub mod pages;
mod passkey;
mod portal;
mod postgres;
mod process;
mod proxy;
mod raw;
mod resource_server;
mod runtime;
mod schema;
mod server;
mod signing_key;
mod small_disk;
mod storage;
pub mod tickets;
mod until;

pub use address::{free_address, own_address};
pub use answer::{Answer, without_request_id};
pub use authenticator::Authenticator;
pub use browser::{Browser, is_draft};
pub use caller::{Caller, filled, upload_of};
pub use cli::{Ran, klantportaal};
pub use cluster::Cluster;
pub use database::{Database, Engine};
pub use dovecot::ImapMailbox;
pub use in_process::InProcess;
pub use instance::Instance;
pub use mail_server::MailServer;
pub use mailbox::Mailbox;
pub use oauth::{App, Ask, Back, CALLBACK, SCOPE, Tokens, VERIFIER, access_token, basic};
pub use own_scopes::{OwnScopes, scope_flags};
pub use page::{FilledForm, Page};
pub use passkey::Passkey;
pub use portal::{Key, PASSWORD, Portal};
pub use postgres::TestPostgres;
pub use process::ServerProcess;
pub use proxy::Proxy;
pub use raw::statuses;
pub use resource_server::ResourceServer;
pub use runtime::block_on;
pub use schema::Migration;
pub use server::Server;
pub use signing_key::{ASSERTION_TYPE, KeyedApp, SigningKey, ath};
pub use small_disk::SmallDisk;
pub use storage::{BUCKET, OwnPrefix, SECRET, STRANGER, Storage};
pub use until::until;

/// Tests that run on both engines. They take the server that all of them share (`server: &Server`),
/// or just the engine (`engine: Engine`) to start one of their own.
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($arg:ident: $($kind:tt)+) $body:block)*) => {
        $(both_engines!(@define $(#[$meta])* $name $arg ($($kind)+) $body);)*

        mod sqlite { $(#[test] fn $name() { $crate::support::block_on(super::$name($crate::support::Engine::Sqlite)); })* }

        mod postgres { $(#[test] fn $name() { $crate::support::block_on(super::$name($crate::support::Engine::Postgres)); })* }
    };
    (@define $(#[$meta:meta])* $name:ident $arg:ident (&Server) $body:block) => {
        $(#[$meta])*
        async fn $name(engine: $crate::support::Engine) {
            let $arg = $crate::support::Server::shared(engine).await;
            $body
        }
    };
    (@define $(#[$meta:meta])* $name:ident $arg:ident (Engine) $body:block) => {
        $(#[$meta])*
        async fn $name($arg: $crate::support::Engine) $body
    };
}
