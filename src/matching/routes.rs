use actix_web::get;

use super::{
    schema::{GroupCandidate, GroupCandidateFilter, GroupCandidatePage, GroupMatch, GroupMatchFilter, GroupMatchPage},
    store,
};
use crate::{
    consultation_groups::store::visible_to,
    http::{
        caller::Caller,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::{Problem, Result},
    state::App,
};

/// List groups that match
///
/// Those that I could join, by how well they fit my profile, the best first. They take people, by themselves or by a
/// waitlist, and are no hidden ones; I have no seat in them and have not asked for one; I hold a licence that they ask
/// for; we share a language (`en-GB` and `en-US` are one), where they name any.
///
/// `availability` is the longest meeting that every one of the next eight weeks has room for, as a share of the group's
/// `meeting_minutes`. The weeks are those of the group, seven local dates each from today on. Hours that touch are one,
/// also past midnight and past the end of a week. Changes of the clocks in either zone count: a local time that they jump
/// over is moved forward, and of one that comes twice the first counts. `specialty`, `modality` and `population` are what
/// is shared of all that either names; `experience` is 1 less a quarter for each band between mine and the nearest of the
/// group; `format` is 1 where I work as the group meets.
///
/// The ranking is made anew for each page. Without a profile it is 409 `profile_needed`.
#[utoipa::path(operation_id = "listGroupMatches", tag = "Matching", params(PageParams, GroupMatchFilter),
    security(("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "One page.", body = GroupMatchPage),
        (status = 409, description = "I have no profile.")))]
#[get("/consultation-groups/matches")]
pub async fn list_groups(
    app: App,
    caller: Caller,
    filter: Query<GroupMatchFilter>,
    paging: Paging,
) -> Result<Page<GroupMatch>> {
    let rows = store::groups(app.db.read(), caller.account_id, &filter.0, app.clock.now(), &paging.0).await?;
    paging.page(&app, rows, |found| found)
}

/// List therapists who match
///
/// Colleagues who could join the group, by how well they fit, the best first, scored as in `listGroupMatches`. They are in
/// the directory and open to groups; they have no seat and have not asked for one; they hold a licence that the group asks
/// for and share a language with it. Owners and facilitators may ask.
#[utoipa::path(operation_id = "listGroupCandidates", tag = "Matching",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, GroupCandidateFilter),
    security(("bearerAuth" = ["groups:read", "therapists:read"])),
    responses((status = 200, description = "One page.", body = GroupCandidatePage)))]
#[get("/consultation-groups/:consultation_group_id/candidates")]
pub async fn list_candidates(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<GroupCandidateFilter>,
    paging: Paging,
) -> Result<Page<GroupCandidate>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, standing) = visible_to(db, &caller.into(), id.0, now).await?;
    Problem::forbid_unless(standing.facilitates(), "an owner or a facilitator may ask")?;
    let rows = store::candidates(db, &group, &filter.0, now, &paging.0).await?;
    paging.page(&app, rows, |found| found)
}
