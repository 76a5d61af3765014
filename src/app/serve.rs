//! The router of everything, and the loop that serves it.

use std::time::Duration;

use axum::extract::FromRef;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::Layer;

use super::api::api_router;
use super::registered::{common_pages, work_pages};
use super::{downloads, hosts, unknown};
use crate::arguments::YesNo;
use crate::db::DbError;
use crate::http::conformance::Conforming;
use crate::http::database_wait::DatabaseWait;
use crate::http::{access_log, headers, readiness};
use crate::server::{Server, WritingServer};
use crate::{
    connections, developers, docs, forward_auth, guests, leaks, mailbox, maintenance, manage,
    oauth, resources, ui,
};

/// How long requests in progress can take to finish when the server stops.
const DRAIN: Duration = Duration::from_secs(20);

/// All surfaces on one router.
pub fn router(server: &WritingServer) -> Router {
    resources::route_scopes().all().declare_asked();
    let reading = Server::from_ref(server);
    let api = api_router(server);
    let router = Router::new()
        .merge(oauth::endpoint_routes(server))
        .merge(manage::router(server, work_pages()))
        .merge(developers::router(server, api.clone()))
        .merge(docs::router(&reading))
        .merge(mailbox::router(server))
        .merge(guests::guest_router(server, resources::guest_pages()))
        .merge(leaks::routes(server))
        .merge(downloads::routes(server))
        .merge(common_pages().into_router())
        .merge(ui::assets::router())
        .merge(readiness::routes())
        .merge(unknown::fallback(&reading))
        .layer(middleware::from_fn_with_state(reading.clone(), headers::secure))
        .merge(api)
        .merge(forward_auth::routes(server));
    let router = if server.public_urls.is_strict() {
        router.layer(middleware::from_fn_with_state(reading.clone(), hosts::only_at_home))
    } else {
        router
    };
    let router = if server.config.log_requests == YesNo::Yes {
        router.layer(middleware::from_fn_with_state(reading.clone(), access_log::log_request))
    } else {
        router
    };
    router.with_state(reading)
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
    server.beside.spawn(maintenance::work_on_queue(server.clone(), over.clone()));
    server.beside.spawn(maintenance::enqueue_earlier_mail(server.clone(), over.clone()));
    server.beside.spawn(maintenance::read_ticket_mailbox(server.clone(), over.clone()));
    server.beside.spawn(leaks::act_on_what_is_left(server.clone(), over.clone()));
    server.beside.spawn(look_after_database(server.clone(), over.clone()));
    server.beside.spawn(look_for_damages(server.clone(), over.clone()));
    server.beside.spawn(maintenance::run_steps(server.clone(), over.clone()));
    let stopping = CancellationToken::new();
    let limits = server.config.connections.limits(&server.config.trusted_proxies);
    // Around the router: each of its layers costs every request an allocation or two.
    let routes = DatabaseWait(server.config.database().wait).layer(router(&server));
    let serving = connections::serve(listener, Conforming(routes), limits, stopping.clone());
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
