use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, http::header, post};

use crate::{
    hours::{
        schema::{Certificate, CertificateCheck, CertificateCreate, CertificatePage, pdf},
        store::certificates,
    },
    http::{
        accept::Accept,
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::{Id, Word},
    },
    problem::{Problem, Result},
    state::App,
};

/// List my certificates
///
/// The latest first, also those that are no longer good.
#[utoipa::path(operation_id = "listCertificates", tag = "Hours", params(PageParams),
    security(("bearerAuth" = ["hours:read"])),
    responses((status = 200, description = "One page.", body = CertificatePage)))]
#[get("/me/certificates")]
pub async fn list(app: App, caller: Caller, paging: Paging) -> Result<Page<Certificate>> {
    let rows = certificates::list(&app, caller.account_id, &paging.0).await?;
    paging.page(&app, rows, Certificate::from)
}

/// Issue a certificate of my hours
///
/// Of what my ledger comes to for one group and a range of days. It is good as long as that does not change: an amendment, or
/// a meeting of the range that is closed later, makes it outdated.
#[utoipa::path(operation_id = "createCertificate", tag = "Hours", request_body = CertificateCreate,
    security(("bearerAuth" = ["hours:write"])),
    responses((status = 201, description = "The certificate.", body = Certificate)))]
#[post("/me/certificates")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<CertificateCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let issued = certificates::issue(tx, &app, caller.account_id, &body.0, now).await?;
        let location = format!("/v1/me/certificates/{}", issued.row.id);
        Ok(Answer::created(location, issued.row.version, &Certificate::from(issued))?.private())
    })
    .await
}

/// Get a certificate
///
/// One of mine. `Accept: application/pdf` gives a page to print, while it is good: Letter where my profile says that I am in
/// the United States or Canada, else A4.
#[utoipa::path(operation_id = "getCertificate", tag = "Hours",
    params(("certificate_id" = Uuid, Path, description = "Which certificate.")),
    security(("bearerAuth" = ["hours:read"])),
    responses((status = 200, description = "The certificate; or the page.",
            content((Certificate = "application/json"), (pdf::PrintedPage = "application/pdf"))),
        (status = 409, description = "It is no longer good, and not printed.")))]
#[get("/me/certificates/:certificate_id")]
pub async fn get(app: App, caller: Caller, request: HttpRequest, accept: Accept, id: Id) -> Result<HttpResponse> {
    let opened = certificates::get(&app, caller.account_id, id.0).await?;
    if !accept.prefers("application/pdf", "application/json") {
        let version = opened.row.version;
        return Ok(Answer::ok(version, &Certificate::from(opened))?.respond_to(&request));
    }
    let paper = certificates::paper(&app, caller.account_id, &opened).await?;
    let certificate = Certificate::from(opened);
    let here = app.config.public_url.as_ref();
    let address = here.and_then(|url| url.join(&format!("v1/certificates/{}", certificate.code)).ok());
    let draw = move || pdf::draw(&certificate, paper, address.as_ref().map(url::Url::as_str));
    // Drawing takes a while, and others wait for this thread.
    let page = actix_web::web::block(draw).await.map_err(Problem::unavailable)??;
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"consultation-hours.pdf\"");
    Ok(HttpResponse::Ok().content_type("application/pdf").insert_header(disposition).body(page))
}

/// Take a certificate back
///
/// Its code is not good from now on. It stays in my list.
#[utoipa::path(operation_id = "revokeCertificate", tag = "Hours",
    params(("certificate_id" = Uuid, Path, description = "Which certificate."), IfMatch),
    security(("bearerAuth" = ["hours:write"])),
    responses((status = 204, description = "It is taken back.")))]
#[delete("/me/certificates/:certificate_id")]
pub async fn revoke(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let row = certificates::to_revoke(tx, caller.account_id, id.0).await?;
            version.check(row.version)?;
            certificates::revoke(tx, row, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Check the code of a certificate
///
/// Anybody may. The answer says whether there is a good certificate with this code, and no more: not whose it is, nor why it
/// is not. Case, blanks and hyphens do not matter.
#[utoipa::path(operation_id = "verifyCertificate", tag = "Hours",
    params(("certificate_code" = String, Path, description = "The code, as it is printed.", max_length = 200)),
    security(()),
    responses((status = 200, description = "Whether it is good.", body = CertificateCheck)))]
#[get("/certificates/:certificate_code")]
pub async fn verify(app: App, code: Word) -> Result<Answer> {
    let valid = certificates::is_valid(app.db.read(), &code.0).await?;
    Ok(Answer::plain(&CertificateCheck::from(valid))?.private())
}
