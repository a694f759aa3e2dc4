use std::sync::Arc;

use actix_web::{delete, get, put};

use super::{
    rules,
    schema::{
        FhirQuestionnaire, InstrumentDetail, InstrumentList, InstrumentSelfCheck, InstrumentSummary, InstrumentWording,
        InstrumentWordingPage, InstrumentWordingReplace, InstrumentWordingSummary, VersionFilter, VersionNumber,
        WordedFilter, read,
    },
    store,
};
use crate::{
    http::{
        answer::Answer,
        body::BodyOrResource,
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        path::{Word, Words},
        public_answers::Public,
        query::Query,
        text,
    },
    problem::{Problem, Result},
    psychometrics::Instrument,
    state::{App, State},
};

/// List instruments
///
/// The newest version of each: our own, and what others have published.
#[utoipa::path(operation_id = "listInstruments", tag = "Instruments", security(()),
    responses((status = 200, description = "Every instrument.", body = InstrumentList)))]
#[get("/instruments")]
pub async fn list(app: App, public: Public) -> Result<Answer> {
    let mut languages = store::every_language(app.db.read()).await?;
    let summary = |instrument: &Arc<Instrument>| {
        let imported = languages.remove(&(instrument.key.clone(), instrument.version.clone()));
        InstrumentSummary::new(instrument, imported.unwrap_or_default())
    };
    let items = app.instruments.all().map(summary).collect();
    Ok(public.keep(Answer::plain(&InstrumentList { items })?))
}

/// Get an instrument
///
/// What it asks and how it is scored. Published instruments ship without their wording, which an administrator may have
/// imported; where there is none, items have no text.
#[utoipa::path(operation_id = "getInstrument", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40), WordedFilter),
    security(()),
    responses((status = 200, description = "The instrument.", body = InstrumentDetail)))]
#[get("/instruments/:instrument_key")]
pub async fn get(app: App, key: Word, filter: Query<WordedFilter>, public: Public) -> Result<Answer> {
    let instrument = find(&app, &key.0, filter.0.version.as_deref())?;
    let language = filter.0.language.as_deref();
    let (wording, imported) = store::wording_and_languages(app.db.read(), instrument, language).await?;
    let versions = app.instruments.versions(&instrument.key).iter();
    let versions = versions.map(|one| VersionNumber(one.version.clone())).collect();
    let detail = InstrumentDetail::new(instrument, versions, imported, wording.as_ref());
    Ok(public.keep(Answer::plain(&detail)?))
}

/// Get an instrument as a FHIR questionnaire
///
/// A FHIR R4 Questionnaire. The `ordinalValue` of an answer is what counts, so that reversed items need no rule of their
/// own.
#[utoipa::path(operation_id = "getInstrumentQuestionnaire", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40), WordedFilter),
    security(()),
    responses((status = 200, description = "The questionnaire.", body = FhirQuestionnaire,
        content_type = "application/fhir+json")))]
#[get("/instruments/:instrument_key/fhir")]
pub async fn questionnaire(app: App, key: Word, filter: Query<WordedFilter>) -> Result<Answer> {
    let instrument = find(&app, &key.0, filter.0.version.as_deref())?;
    let wording = store::wording(app.db.read(), instrument, filter.0.language.as_deref()).await?;
    Answer::fhir(&rules::questionnaire(instrument, wording.as_ref(), &app.config.public_url()))
}

/// Check how an instrument is scored
///
/// Works its worked cases again, and says what each should come to and what it comes to.
#[utoipa::path(operation_id = "getInstrumentSelfCheck", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40), VersionFilter),
    security(()),
    responses((status = 200, description = "Every case, worked again.", body = InstrumentSelfCheck)))]
#[get("/instruments/:instrument_key/self-check")]
pub async fn self_check(app: App, key: Word, filter: Query<VersionFilter>) -> Result<Answer> {
    let instrument = find(&app, &key.0, filter.0.version.as_deref())?;
    Answer::plain(&InstrumentSelfCheck::from(instrument))
}

/// List the wordings of an instrument
///
/// The languages in which it was imported, and who permits that. The language that it ships with is not among them.
#[utoipa::path(operation_id = "listInstrumentWordings", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40), PageParams, VersionFilter),
    security(()),
    responses((status = 200, description = "One page.", body = InstrumentWordingPage)))]
#[get("/instruments/:instrument_key/wordings")]
pub async fn list_wordings(
    app: App,
    key: Word,
    filter: Query<VersionFilter>,
    paging: Paging,
) -> Result<Page<InstrumentWordingSummary>> {
    let instrument = find(&app, &key.0, filter.0.version.as_deref())?;
    let rows = store::list(app.db.read(), instrument, &paging.0).await?;
    paging.page(&app, rows, InstrumentWordingSummary::from)
}

/// Get a wording of an instrument
///
/// As it was imported, in exactly this language.
#[utoipa::path(operation_id = "getInstrumentWording", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40),
        ("language" = String, Path, description = "A BCP 47 tag, such as `pt-BR`.", max_length = 35), VersionFilter),
    security(()),
    responses((status = 200, description = "The wording.", body = InstrumentWording)))]
#[get("/instruments/:instrument_key/wordings/:language")]
pub async fn get_wording(app: App, path: Words, filter: Query<VersionFilter>) -> Result<Answer> {
    let instrument = find(&app, &path.0, filter.0.version.as_deref())?;
    let row = store::find(app.db.read(), instrument, tag(&path.1)?).await?.ok_or_else(Problem::not_found)?;
    Answer::ok(row.version, &InstrumentWording::from(row))
}

/// Import the wording of an instrument
///
/// Administrators may. For the newest version, in one language; it takes the place of the one that there is. A FHIR
/// Questionnaire, R4 or R5, is taken too: `linkId` names the item, `copyright` says who permits the use, and the display of
/// a coded answer is its label. What else it holds is passed over.
#[utoipa::path(operation_id = "replaceInstrumentWording", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40),
        ("language" = String, Path, description = "A BCP 47 tag, such as `pt-BR`.", max_length = 35), IfMatch),
    request_body(content((InstrumentWordingReplace = "application/json"), (FhirQuestionnaire = "application/fhir+json"))),
    security(("bearerAuth" = ["instruments:write"])),
    responses((status = 200, description = "The wording as it now stands.", body = InstrumentWording),
        (status = 201, description = "The wording, which is new.", body = InstrumentWording)))]
#[put("/instruments/:instrument_key/wordings/:language")]
pub async fn replace_wording(
    app: App,
    caller: Caller,
    path: Words,
    version: IfMatch,
    body: BodyOrResource<InstrumentWordingReplace>,
) -> Result<Answer> {
    let now = app.clock.now();
    let instrument = find(&app, &path.0, None)?;
    Problem::forbid_unless(caller.administers(), "an administrator may do this")?;
    let language = language_of(instrument, &path.1)?;
    let draft = match body {
        BodyOrResource::Body(body) => body.into(),
        BodyOrResource::Resource(resource) => read(&resource, &language)?,
    };
    let replace = store::replace;
    let actor = caller.account_id;
    let (row, made) =
        app.db.write(async |tx| replace(tx, actor, instrument, &language, &draft, &version, now).await).await?;
    let (version, wording) = (row.version, InstrumentWording::from(row));
    match made {
        true => Answer::created(format!("/v1/instruments/{}/wordings/{language}", path.0), version, &wording),
        false => Answer::ok(version, &wording),
    }
}

/// Delete a wording of an instrument
///
/// Administrators may. Whoever takes the instrument in this language has the form in hand from then on.
#[utoipa::path(operation_id = "deleteInstrumentWording", tag = "Instruments",
    params(("instrument_key" = String, Path, description = "Which instrument, such as `who-5`.", max_length = 40),
        ("language" = String, Path, description = "A BCP 47 tag, such as `pt-BR`.", max_length = 35), VersionFilter, IfMatch),
    security(("bearerAuth" = ["instruments:write"])),
    responses((status = 204, description = "It is gone."), (status = 404, description = "There is none.")))]
#[delete("/instruments/:instrument_key/wordings/:language")]
pub async fn delete_wording(
    app: App,
    caller: Caller,
    path: Words,
    filter: Query<VersionFilter>,
    version: IfMatch,
) -> Result<Answer> {
    let now = app.clock.now();
    let instrument = find(&app, &path.0, filter.0.version.as_deref())?;
    Problem::forbid_unless(caller.administers(), "an administrator may do this")?;
    let (actor, language) = (caller.account_id, tag(&path.1)?);
    app.db.write(async |tx| store::delete(tx, actor, instrument, language, &version, now).await).await?;
    Ok(Answer::no_content())
}

/// The version that is asked for, else the newest.
fn find<'a>(app: &'a State, key: &str, version: Option<&str>) -> Result<&'a Instrument> {
    let found = match version {
        Some(version) => app.instruments.version(key, version),
        None => app.instruments.newest(key),
    };
    found.map(Arc::as_ref).ok_or_else(Problem::not_found)
}

/// A language in a path. What is no language names nothing.
fn tag(language: &str) -> Result<&str> {
    text::language(language).map(|()| language).map_err(|_| Problem::not_found())
}

/// The language of an import, spelt as it is kept.
fn language_of(instrument: &Instrument, tag: &str) -> Result<String> {
    let fault = |code: &'static str, words: &'static str| Err(Problem::invalid_parameter("language", code, words));
    if text::language(tag).is_err() {
        return fault("invalid_language", "must be a BCP 47 tag such as en or pt-BR");
    }
    let language = rules::canonical_language(tag);
    let bundled = instrument.language.as_ref().filter(|_| instrument.is_worded());
    match bundled.is_some_and(|own| own.eq_ignore_ascii_case(&language)) {
        true => fault("bundled_language", "must be another language than the one that the instrument ships with"),
        false => Ok(language),
    }
}
