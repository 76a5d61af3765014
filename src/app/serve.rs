//! The router of everything, and the loop that serves it.

use std::time::Duration;

use axum::extract::FromRef;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::api::api_router;
use super::{hosts, start_page, unknown};
use crate::accounts::factors::RecoveryCodes;
use crate::arguments::YesNo;
use crate::db::DbError;
use crate::http::conformance::Conforming;
use crate::http::database_wait::DatabaseWait;
use crate::http::{access_log, headers, readiness};
use crate::server::{Server, WritingServer};
use crate::{
    accounts, connections, developers, docs, forward_auth, leaks, mailbox, maintenance, manage,
    oauth, resources, ui, web,
};

/// How often to retry mail that the mail server didn't accept.
const SEND_MAIL_EVERY: Duration = Duration::from_secs(60);

/// How long requests in progress can take to finish when the server stops.
const DRAIN: Duration = Duration::from_secs(20);

/// All surfaces on one router.
pub fn router(server: &WritingServer) -> Router {
    let reading = Server::from_ref(server);
    let router = Router::new()
        .merge(oauth::endpoint_routes(server))
        .merge(manage::router(server, resources::pages().merge(start_page::routes())))
        .merge(developers::router(server))
        .merge(docs::router(&reading))
        .merge(mailbox::router(&reading))
        .merge(leaks::routes(server))
        .merge(web::language_router())
        .merge(ui::assets::router())
        .merge(readiness::routes())
        .route("/", get(hosts::start))
        .merge(unknown::fallback(&reading))
        .layer(middleware::from_fn_with_state(reading.clone(), headers::secure))
        .merge(api_router(server))
        .merge(forward_auth::routes(server));
    let router = if server.sites.is_strict() {
        router.layer(middleware::from_fn_with_state(reading.clone(), hosts::only_at_home))
    } else {
        router
    };
    let router = if server.config.log_requests == YesNo::Yes {
        router.layer(middleware::from_fn_with_state(reading.clone(), access_log::log_request))
    } else {
        router
    };
    router.layer(DatabaseWait(server.config.database().wait)).with_state(reading)
}

/// Serves until `stop` is ready, then lets requests in progress finish.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    server: WritingServer,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let over = CancellationToken::new();
    server.beside.spawn(maintenance::write_down_usage(server.clone(), over.clone()));
    server.beside.spawn(maintenance::clean_up_every_hour(server.clone(), over.clone()));
    server.beside.spawn(send_posted_mail(server.clone(), over.clone()));
    server.beside.spawn(leaks::act_on_what_is_left(server.clone(), over.clone()));
    server.beside.spawn(look_after_database(server.clone(), over.clone()));
    let (db, ending) = (server.db.clone(), over.clone());
    server.beside.spawn(async move {
        ending.run_until_cancelled(resources::complete_search_index(&db)).await;
    });
    server.beside.spawn(look_for_damages(server.clone(), over.clone()));
    server.beside.spawn(strengthen_recovery_codes(server.clone(), over.clone()));
    server.beside.spawn(unify_addresses(server.clone(), over.clone()));
    let stopping = CancellationToken::new();
    let limits = server.config.connections.limits(&server.config.trusted_proxies);
    let serving =
        connections::serve(listener, Conforming(router(&server)), limits, stopping.clone());
    let drained = async {
        stop.await;
        stopping.cancel();
        tokio::time::sleep(DRAIN).await;
    };
    let result = tokio::select! {
        result = serving => result,
        () = drained => {
            tracing::warn!("some requests did not finish in time");
            Ok(())
        }
    };
    // Let the write finish: the usage of tokens would be lost otherwise.
    over.cancel();
    server.beside.close();
    if tokio::time::timeout(DRAIN, server.beside.wait()).await.is_err() {
        tracing::warn!("some background tasks did not finish in time");
    }
    server.write_down_usage().await;
    server.record_unknown_log_ins().await;
    if let Err(error) = server.db.settle().await {
        tracing::warn!(%error, "part of the data is still in the -wal file of the database");
    }
    result
}

/// Maintains the database for other processes, such as commands that revoke a key.
async fn look_after_database(server: WritingServer, over: CancellationToken) {
    let mut again = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            _ = again.tick() => {}
        }
        if let Err(error) = server.db.look_after().await {
            tracing::error!(%error, "the database cannot be maintained");
        }
    }
}

/// Tells the operator of damages that nobody met yet, and those who ask at `/readyz`.
async fn look_for_damages(server: WritingServer, over: CancellationToken) {
    match server.db.look_through(&over).await {
        Ok(()) => {}
        Err(DbError::Damaged(what)) => {
            tracing::error!(cause = %DbError::Damaged(what), "the database was looked through");
        }
        Err(error) => tracing::warn!(%error, "the database could not be looked through"),
    }
}

/// Sends the mail in the outbox: at once when it is added, and periodically if it wasn't accepted.
async fn send_posted_mail(server: WritingServer, over: CancellationToken) {
    let mut again = tokio::time::interval(SEND_MAIL_EVERY);
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            _ = again.tick() => {}
            () = server.mailer.woken() => {}
        }
        if let Err(error) = server.mailer.send_due(&server.db, server.clock.now()).await {
            tracing::error!(%error, "the outbox could not be processed");
        }
    }
}

/// Rehashes older recovery codes; continues at the next start if the server stops.
async fn strengthen_recovery_codes(server: WritingServer, over: CancellationToken) {
    tokio::select! {
        () = over.cancelled() => {}
        result = RecoveryCodes::strengthen(&server.db) => {
            if let Err(error) = result {
                tracing::error!(%error, "older recovery codes could not be rehashed");
            }
        }
    }
}

/// Writes older e-mail addresses as they are compared today.
async fn unify_addresses(server: WritingServer, over: CancellationToken) {
    let unified = over.run_until_cancelled(accounts::unify_addresses(&server.db)).await;
    if let Some(Err(error)) = unified {
        tracing::error!(%error, "older e-mail addresses could not be rewritten");
    }
}
