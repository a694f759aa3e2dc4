use actix_web::{delete, get, put};

use super::{
    schema::{Profile, ProfileReplace, Therapist, TherapistFilter, TherapistPage},
    store::{self, Listing},
};
use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::Result,
    state::App,
};

/// Get my profile
///
/// The whole of it, with the NPI and the ends of licence numbers. 404 until there is one.
#[utoipa::path(operation_id = "getProfile", tag = "Profiles", security(("bearerAuth" = ["profile:read"])),
    responses((status = 200, description = "My profile.", body = Profile),
        (status = 404, description = "I have none.")))]
#[get("/me/profile")]
pub async fn get_profile(app: App, caller: Caller) -> Result<Answer> {
    let (row, licences) = store::find(app.db.read(), caller.account_id).await?;
    Answer::ok(row.version, &Profile::new(row, licences, app.clock.today()))
}

/// Replace my profile
///
/// Makes it, or puts the body in its place: what the body leaves out is cleared. A licence that names the id of one that
/// the profile has keeps its number and verification, as long as it is the same licence.
#[utoipa::path(operation_id = "replaceProfile", tag = "Profiles", params(IfMatch), request_body = ProfileReplace,
    security(("bearerAuth" = ["profile:write"])),
    responses((status = 200, description = "The profile as it now stands.", body = Profile),
        (status = 201, description = "The profile, which is new.", body = Profile)))]
#[put("/me/profile")]
pub async fn replace_profile(app: App, caller: Caller, version: IfMatch, body: Body<ProfileReplace>) -> Result<Answer> {
    let now = app.clock.now();
    let replace = store::replace;
    let ((row, licences), made) =
        app.db.write(async |tx| replace(tx, &app.master_key, caller.account_id, &version, &body.0, now).await).await?;
    let (version, profile) = (row.version, Profile::new(row, licences, now.date_naive()));
    match made {
        true => Answer::created("/v1/me/profile", version, &profile),
        false => Answer::ok(version, &profile),
    }
}

/// Delete my profile
///
/// With its licences. The account stays.
#[utoipa::path(operation_id = "deleteProfile", tag = "Profiles", params(IfMatch),
    security(("bearerAuth" = ["profile:write"])),
    responses((status = 204, description = "It is gone."), (status = 404, description = "I have none.")))]
#[delete("/me/profile")]
pub async fn delete_profile(app: App, caller: Caller, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db.write(async |tx| store::delete(tx, caller.account_id, &version, now).await).await?;
    Ok(Answer::no_content())
}

/// List therapists
///
/// Colleagues who wish to be found. The same filter given twice means either; different filters all hold.
#[utoipa::path(operation_id = "listTherapists", tag = "Therapists", params(PageParams, TherapistFilter),
    security(("bearerAuth" = ["therapists:read"])),
    responses((status = 200, description = "One page.", body = TherapistPage)))]
#[get("/therapists")]
pub async fn list(
    app: App,
    _caller: Caller,
    filter: Query<TherapistFilter>,
    paging: Paging,
) -> Result<Page<Therapist>> {
    let rows = store::list(app.db.read(), &filter.0, &paging.0).await?;
    paging.page(&app, rows, |listing| shown(&app, listing))
}

/// Get a therapist
///
/// A colleague who wishes to be found, or myself as others would see me.
#[utoipa::path(operation_id = "getTherapist", tag = "Therapists",
    params(("account_id" = Uuid, Path, description = "Whose profile.")),
    security(("bearerAuth" = ["therapists:read"])),
    responses((status = 200, description = "The therapist.", body = Therapist)))]
#[get("/therapists/:account_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let listing = store::visible_to(app.db.read(), caller.account_id, id.0).await?;
    Answer::ok(listing.profile.version, &shown(&app, listing))
}

fn shown(app: &App, Listing { display_name, profile, licences }: Listing) -> Therapist {
    Therapist::new(display_name, profile, licences, app.clock.today())
}
