//! `/v1/punch-cards`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Issue, IssuedOfCard, IssuedPunchCard, IssuedPunchCardView, PunchCard, PunchCardCreate,
    PunchCardPatch, PunchCardView, Stamp, issued_queries, queries,
};
use crate::auth::granted::{PunchCardsRead, PunchCardsWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::{DeletionId, IssuedPunchCardId, PunchCardId};

/// The routes of punch cards.
pub(super) fn routes() -> Routes {
    Routes::new(
        "Punch cards",
        "The punch cards that the business offers, and those that its customers have.",
    )
    .get("/punch-cards", list, "listPunchCards", "List punch cards")
    .post("/punch-cards", create, "createPunchCard", "Create a punch card")
    .get("/punch-cards/{punchCardId}", get, "getPunchCard", "Get a punch card")
    .patch(
        "/punch-cards/{punchCardId}",
        update,
        "updatePunchCard",
        "Set whether a punch card is for sale, and its price",
    )
    .delete(
        "/punch-cards/{punchCardId}",
        delete,
        "deletePunchCard",
        "Delete a punch card, also those that customers have of it",
    )
    .get(
        "/punch-cards/{punchCardId}/issued",
        list_issued,
        "listIssuedPunchCards",
        "List the issued cards of a punch card",
    )
    .post(
        "/punch-cards/{punchCardId}/issued",
        issue,
        "issuePunchCard",
        "Issue a punch card to a customer",
    )
    .get(
        "/punch-cards/{punchCardId}/issued/{issuedPunchCardId}",
        get_issued,
        "getIssuedPunchCard",
        "Get an issued card",
    )
    .post(
        "/punch-cards/{punchCardId}/issued/{issuedPunchCardId}/stamp",
        stamp,
        "stampPunchCard",
        "Take punches of an issued card",
    )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct OneCard {
    #[serde(rename = "punchCardId")]
    id: PunchCardId,
}

/// The ids in the path.
#[derive(Deserialize, JsonSchema)]
struct OneIssued {
    #[serde(rename = "punchCardId")]
    card: PunchCardId,
    #[serde(rename = "issuedPunchCardId")]
    id: IssuedPunchCardId,
}

async fn list(
    access: Access<PunchCardsRead>,
    request: ListRequest<PunchCard>,
) -> Result<Json<Listing<PunchCardView>>> {
    let cards = queries::list(&access, &request, access.time_zone()).await?;
    Ok(request.listing(cards).map(|card| card.into_view(access.time_zone())).json())
}

async fn create(
    access: Access<PunchCardsWrite>,
    limits: Limits,
    Input(new): Input<PunchCardCreate>,
) -> Written<Revised<PunchCardView>> {
    let mut tx = access.begin().await?;
    let id = PunchCardId::random();
    let card = queries::create(&mut tx, &access.change(), &limits, id, new).await?;
    tx.commit(revised(&access, card)).await
}

async fn get(
    access: Access<PunchCardsRead>,
    Path(OneCard { id }): Path<OneCard>,
) -> Result<Revised<PunchCardView>> {
    let card = queries::find(&access, &id).await?;
    Ok(revised(&access, card))
}

async fn update(
    access: Access<PunchCardsWrite>,
    Path(OneCard { id }): Path<OneCard>,
    expected: Expected,
    Input(patch): Input<PunchCardPatch>,
) -> Written<Revised<PunchCardView>> {
    let mut tx = access.begin().await?;
    let apply = |card: &mut PunchCard| patch.apply(&mut card.details);
    let card = queries::update(&mut tx, &access.change(), &id, &expected, apply).await?;
    tx.commit(revised(&access, card)).await
}

async fn delete(
    access: Access<PunchCardsWrite>,
    Path(OneCard { id }): Path<OneCard>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin_alone().await?;
    let deletion = DeletionId::random();
    queries::delete(&mut tx, &access.change(), &id, &expected, &deletion).await?;
    tx.commit(NoContent).await
}

fn revised<S>(access: &Access<S>, card: PunchCard) -> Revised<PunchCardView> {
    Revised(card.revision, card.into_view(access.time_zone()))
}

async fn list_issued(
    access: Access<PunchCardsRead>,
    Path(OneCard { id }): Path<OneCard>,
    request: ListRequest<IssuedOfCard>,
) -> Result<Json<Listing<IssuedPunchCardView>>> {
    queries::find(&access, &id).await?;
    let issued = issued_queries::list(&access, &id, &request, access.time_zone()).await?;
    Ok(request.listing(issued).map(|issued| view(&access, issued)).json())
}

async fn issue(
    access: Access<PunchCardsWrite>,
    Path(OneCard { id }): Path<OneCard>,
    limits: Limits,
    Input(body): Input<Issue>,
) -> Written<Json<IssuedPunchCardView>> {
    let mut tx = access.begin().await?;
    let (change, new) = (access.change(), IssuedPunchCardId::random());
    let of = (&id, &body.customer_id);
    let issued = issued_queries::issue(&mut tx, &change, &limits, of, new).await?;
    tx.commit(Json(view(&access, issued))).await
}

async fn get_issued(
    access: Access<PunchCardsRead>,
    Path(OneIssued { card, id }): Path<OneIssued>,
) -> Result<Json<IssuedPunchCardView>> {
    let issued = issued_queries::find(&access, &card, &id).await?;
    Ok(Json(view(&access, issued)))
}

async fn stamp(
    access: Access<PunchCardsWrite>,
    Path(OneIssued { card, id }): Path<OneIssued>,
    Input(body): Input<Stamp>,
) -> Written<Json<IssuedPunchCardView>> {
    let mut tx = access.begin().await?;
    let (change, stamps) = (access.change(), body.stamps.get());
    let issued = issued_queries::stamp(&mut tx, &change, (&card, &id), stamps, None).await?;
    tx.commit(Json(view(&access, issued))).await
}

fn view<S>(access: &Access<S>, issued: IssuedPunchCard) -> IssuedPunchCardView {
    issued.into_view(access.now(), access.time_zone())
}
