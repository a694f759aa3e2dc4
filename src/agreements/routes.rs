use actix_web::{Responder, delete, get, http::header, patch, post};

use super::{
    rules,
    schema::{
        Agreement, AgreementClauseList, AgreementCreate, AgreementExport, AgreementFilter, AgreementPage,
        AgreementPatch, AgreementPublication, AgreementSignature, AgreementSignatureFilter, AgreementSignaturePage,
        Seen,
    },
    store::{self, Found},
};
use crate::{
    consultation_groups,
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::{Problem, Result},
    state::App,
};

/// List the clause library
///
/// Clauses to start an agreement from. Take them as they are, change them, or write others.
#[utoipa::path(operation_id = "listAgreementClauses", tag = "Agreements", security(()),
    responses((status = 200, description = "Every clause.", body = AgreementClauseList)))]
#[get("/agreement-clauses")]
pub async fn list_clauses() -> Result<Answer> {
    Answer::plain(&AgreementClauseList::library())
}

/// List the agreements of a consultation group
///
/// Whoever sees the group sees its published versions; its owners also see drafts. The canonical text is left out.
#[utoipa::path(operation_id = "listAgreements", tag = "Agreements",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, AgreementFilter),
    security(("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "One page.", body = AgreementPage)))]
#[get("/consultation-groups/:consultation_group_id/agreements")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<AgreementFilter>,
    paging: Paging,
) -> Result<Page<Agreement>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, standing) = consultation_groups::store::visible_to(db, &caller.into(), id.0, now).await?;
    let rows = store::list(db, group.id, &standing, &filter.0, &paging.0).await?;
    paging.page(&app, rows, Agreement::item)
}

/// Write an agreement
///
/// A draft, by an owner of the group. Nobody else sees it until it is published.
#[utoipa::path(operation_id = "createAgreement", tag = "Agreements",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    request_body = AgreementCreate, security(("bearerAuth" = ["groups:write"])),
    responses((status = 201, description = "The draft.", body = Agreement)))]
#[post("/consultation-groups/:consultation_group_id/agreements")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<AgreementCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let visitor = caller.clone().into();
        let (group, standing) = consultation_groups::store::visible_to(tx, &visitor, id.0, now).await?;
        rules::may_draft(&group, &standing, now)?;
        let draft = store::create(tx, caller.account_id, group.id, &body.0, now).await?;
        let (location, version) = (format!("/v1/agreements/{}", draft.id), draft.version);
        Answer::created(location, version, &Agreement::whole(store::seen_by(tx, draft, &standing).await?))
    })
    .await
}

/// Get an agreement
///
/// With its canonical text: the SHA-256 of that is `sha256`. Whoever sees the group may read a published version;
/// candidates read it before they sign.
#[utoipa::path(operation_id = "getAgreement", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement.")),
    security(("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "The agreement.", body = Agreement)))]
#[get("/agreements/:agreement_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let db = app.db.read();
    let Found { agreement, standing, .. } = store::visible_to(db, &caller, id.0, app.clock.now()).await?;
    answer(store::seen_by(db, agreement, &standing).await?)
}

/// Change a draft
///
/// An owner of the group may. A published version stays as it is.
#[utoipa::path(operation_id = "updateAgreement", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement."), IfMatch),
    request_body(content = AgreementPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The draft as it now stands.", body = Agreement),
        (status = 409, description = "It is published, or the group is archived or dissolved.")))]
#[patch("/agreements/:agreement_id")]
pub async fn update(app: App, caller: Caller, id: Id, version: IfMatch, body: Body<AgreementPatch>) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            version.check(found.agreement.version)?;
            rules::may_change(&found.case(now))?;
            let changed = store::update(tx, caller.account_id, found.agreement, &body.0, now).await?;
            answer(store::seen_by(tx, changed, &found.standing).await?)
        })
        .await
}

/// Delete a draft
///
/// An owner of the group may. A published version stays.
#[utoipa::path(operation_id = "deleteAgreement", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement."), IfMatch),
    security(("bearerAuth" = ["groups:write"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "It is published, or the group is archived or dissolved.")))]
#[delete("/agreements/:agreement_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            version.check(found.agreement.version)?;
            rules::may_change(&found.case(now))?;
            store::delete(tx, caller.account_id, &found.agreement, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Publish an agreement
///
/// An owner of the group may. It gets the next number and its hash, never changes again, and is the one in force: who asks
/// for a seat signs it. A material version, as the first always is, has to be signed by every member within 14 days
/// after it takes effect; whoever does not can then only read, sign, export and leave.
///
/// `sha256` is taken over the UTF-8 text of `canonical`: the JSON object of `consultation_group_id`, `number`, `material`,
/// `effective_from` and `clauses` (each with `key`, `title` and `body`) in the canonical form of RFC 8785.
#[utoipa::path(operation_id = "publishAgreement", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement."), IfMatch),
    request_body = AgreementPublication, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The version that is in force now.", body = Agreement)))]
#[post("/agreements/:agreement_id/publish")]
pub async fn publish(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<AgreementPublication>,
) -> Result<Answer> {
    let now = app.clock.now();
    let published = once
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            version.check(found.agreement.version)?;
            let next = rules::published(&found.case(now), body.0.effective_from)?;
            let next = store::publish(tx, &app, caller.account_id, found.group, next, now).await?;
            answer(store::seen_by(tx, next, &found.standing).await?)
        })
        .await;
    app.mail_waits.notify_one();
    published
}

/// List the signatures under an agreement
///
/// For those who may know who sits in the group: its members, and moderators who look into it.
#[utoipa::path(operation_id = "listAgreementSignatures", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement."), PageParams, AgreementSignatureFilter),
    security(("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "One page.", body = AgreementSignaturePage)))]
#[get("/agreements/:agreement_id/signatures")]
pub async fn list_signatures(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<AgreementSignatureFilter>,
    paging: Paging,
) -> Result<Page<AgreementSignature>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let Found { agreement, standing, .. } = store::visible_to(db, &caller, id.0, now).await?;
    Problem::forbid_unless(rules::sees_people(&standing), "a member of the group may read who signed")?;
    let rows = store::signatures(db, agreement.id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, |signature| signature)
}

/// Export an agreement
///
/// One document to keep, for whoever has a seat or has asked for one, also while they are restricted: the agreement, my own
/// signatures under it, and for members every signature.
///
/// It proves itself without this service. Take the UTF-8 bytes of `agreement.canonical`, compute their SHA-256, and compare
/// it, in lower-case hexadecimal, with `agreement.sha256` and with `sha256` of each signature. `canonical` is itself JSON:
/// read it to see that its members are those of `agreement`.
#[utoipa::path(operation_id = "exportAgreement", tag = "Agreements",
    params(("agreement_id" = Uuid, Path, description = "Which agreement.")),
    security(("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "The document.", body = AgreementExport)))]
#[get("/agreements/:agreement_id/export")]
pub async fn export(app: App, caller: Caller, id: Id) -> Result<impl Responder> {
    let (db, now) = (app.db.read(), app.clock.now());
    let Found { agreement, group, standing } = store::visible_to(db, &caller, id.0, now).await?;
    Problem::forbid_unless(rules::may_export(&standing), "somebody with a seat in the group may export it")?;
    let signatures = match rules::sees_people(&standing) {
        true => Some(store::all_signatures(db, agreement.id, None).await?),
        false => None,
    };
    let export = AgreementExport {
        exported_at: now,
        group_name: group.name,
        my_signatures: store::all_signatures(db, agreement.id, Some(caller.account_id)).await?,
        signatures,
        agreement: Agreement::whole(store::seen_by(db, agreement, &standing).await?),
    };
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"agreement.json\"");
    Ok(Answer::plain(&export)?.customize().insert_header(disposition))
}

fn answer(seen: Seen) -> Result<Answer> {
    Answer::ok(seen.agreement.version, &Agreement::whole(seen))
}
