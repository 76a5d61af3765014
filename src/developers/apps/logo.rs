//! An app's logo, for its developer.

use axum::extract::State;
use axum::response::Response;
use maud::Markup;

use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::http::Path;
use crate::ids::AppId;
use crate::server::Server;
use crate::ui;

/// The image itself. It may have just been replaced, so the browser revalidates it each time.
pub(super) async fn show(
    member: DeveloperMember,
    State(server): State<Server>,
    Path(id): Path<AppId>,
) -> Result<Response> {
    App::of_developer(&server.db, &member.developer.id, &id).await?;
    Ok(App::logo(&server.db, &id).await?.into_answer("private, no-cache"))
}

/// The logo beside an app's name, or its initial where it has none. It is decorative.
pub(super) fn mark(app: &App) -> Markup {
    ui::app_mark(
        &app.name,
        app.has_logo.then(|| format!("/developers/apps/{}/logo", app.id)).as_deref(),
    )
}
