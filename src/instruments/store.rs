//! Queries and transactions on the wording of instruments.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::rules::{self, Draft, Origin, Wording};
use crate::{
    audit,
    db::page::{Key, PageRequest, Rows},
    entities::instrument_wording::{COLUMN, Column, Entity, Model},
    http::conditional::{IfMatch, next_version},
    problem::{Problem, Result},
    psychometrics::Instrument,
};

/// The languages in which each version of each instrument has been imported, the first one first.
pub async fn every_language(db: &impl ConnectionTrait) -> Result<BTreeMap<(String, String), Vec<String>>> {
    let rows: Vec<(String, String, String)> = Entity::find()
        .select_only()
        .columns([Column::InstrumentKey, Column::InstrumentVersion, Column::Language])
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut languages: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (key, version, language) in rows {
        languages.entry((key, version)).or_default().push(language);
    }
    Ok(languages)
}

/// The languages in which this version has been imported, the first one first.
pub async fn languages(db: &impl ConnectionTrait, instrument: &Instrument) -> Result<Vec<String>> {
    let query = of(instrument).select_only().column(Column::Language);
    Ok(query.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).into_tuple().all(db).await?)
}

/// The wording for somebody who asks for `language`: that, else its primary language, else the instrument's own, else
/// what has been imported first. None where there is no wording: whoever takes it has the form in hand.
pub async fn wording(
    db: &impl ConnectionTrait,
    instrument: &Instrument,
    language: Option<&str>,
) -> Result<Option<Wording>> {
    Ok(wording_and_languages(db, instrument, language).await?.0)
}

/// The wording, and the languages in which there is an imported one.
pub async fn wording_and_languages(
    db: &impl ConnectionTrait,
    instrument: &Instrument,
    language: Option<&str>,
) -> Result<(Option<Wording>, Vec<String>)> {
    let imported = languages(db, instrument).await?;
    let own = instrument.language.as_deref().filter(|_| instrument.is_worded());
    let wording = match rules::choose(language, own, &imported) {
        Some(Origin::Imported(language)) => find(db, instrument, language).await?.map(Wording::from),
        Some(Origin::Bundled(_)) => Wording::bundled(instrument),
        None => None,
    };
    Ok((wording, imported))
}

/// The wording that was imported in exactly this language.
pub async fn find(db: &impl ConnectionTrait, instrument: &Instrument, language: &str) -> Result<Option<Model>> {
    Ok(of(instrument).filter(COLUMN.language.eq(rules::canonical_language(language))).one(db).await?)
}

/// One page of the wordings of a version, by language.
pub async fn list(db: &impl ConnectionTrait, instrument: &Instrument, page: &PageRequest) -> Result<Rows<Model>> {
    let total = match page.include_total {
        true => Some(of(instrument).count(db).await?),
        false => None,
    };
    let rows = page.apply(of(instrument), &[Expr::col(Column::Language)], false).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Text(row.language.clone())]) })
}

/// Imports the wording, or puts it in the place of the one that there is; says whether it is new.
///
/// # Errors
/// 422 with the place of each item or answer that does not fit; 412 when the one there is has another version.
pub async fn replace(
    tx: &DatabaseTransaction,
    actor: Uuid,
    instrument: &Instrument,
    language: &str,
    draft: &Draft,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<(Model, bool)> {
    let items = rules::checked(instrument, draft).map_err(Problem::invalid)?;
    let current = find(tx, instrument, language).await?;
    version.check_held(current.as_ref().map(|row| row.version))?;
    let made = current.is_none();
    let row = Model {
        id: current.as_ref().map_or_else(Uuid::now_v7, |row| row.id),
        instrument_key: instrument.key.clone(),
        instrument_version: instrument.version.clone(),
        language: rules::canonical_language(language),
        title: draft.title.clone(),
        items,
        permission: draft.permission.clone(),
        imported_by: actor,
        version: next_version(current.as_ref().map(|row| row.version)),
        created_at: current.as_ref().map_or(now, |row| row.created_at),
        updated_at: now,
    };
    let mut changed = row.clone().into_active_model().reset_all();
    if made {
        Entity::insert(changed).exec_without_returning(tx).await?;
    } else {
        changed.id = Unchanged(row.id);
        Entity::update(changed).exec(tx).await?;
    }
    record(tx, now, "instrument_wording.import", actor, row.id).await?;
    Ok((row, made))
}

/// Deletes a wording.
///
/// # Errors
/// 404 where there is none; 412 when it has another version.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: Uuid,
    instrument: &Instrument,
    language: &str,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = find(tx, instrument, language).await?.ok_or_else(Problem::not_found)?;
    version.check(row.version)?;
    Entity::delete_by_id(row.id).exec(tx).await?;
    record(tx, now, "instrument_wording.delete", actor, row.id).await
}

fn of(instrument: &Instrument) -> Select<Entity> {
    Entity::find()
        .filter(COLUMN.instrument_key.eq(instrument.key.clone()))
        .filter(COLUMN.instrument_version.eq(instrument.version.clone()))
}

async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    subject_id: Uuid,
) -> Result<()> {
    let subject_type = "instrument_wording";
    let event = audit::Event { action, actor_id: Some(actor), subject_type, subject_id, ..Default::default() };
    audit::record(tx, now, event).await
}
