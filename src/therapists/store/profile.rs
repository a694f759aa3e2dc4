use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    accounts,
    audit::{self, Event},
    crypto::master_key::MasterKey,
    db::search::{fold, fold_all, forget_words, sort_name},
    entities::{
        Strings, account, licence,
        profile::{self, Discoverable},
        profile_facet,
    },
    http::conditional::{IfMatch, next_version},
    problem::{Fault, Problem, Result},
    therapists::{
        rules,
        schema::{LicenceReplace, ProfileReplace},
    },
    vocabularies::{
        FormatKey, ModalityKey, OpenToKey, PopulationKey, SpecialtyKey, TaxonomyCode,
        Vocabulary::{self, Modalities, Populations, Specialties},
    },
};

/// A profile and its licences in their order.
pub type Stored = (profile::Model, Vec<licence::Model>);

/// The profile of an account.
///
/// # Errors
/// 404 where it has none.
pub async fn find(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Stored> {
    let row = profile::Entity::find_by_id(account_id).one(db).await?.ok_or_else(Problem::not_found)?;
    Ok((row, licences_of(db, account_id).await?))
}

async fn licences_of(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<licence::Model>> {
    let licences = licence::Entity::find().filter(licence::COLUMN.account_id.eq(account_id));
    Ok(licences.order_by_asc(licence::COLUMN.position).all(db).await?)
}

/// Puts `body` in the place of the profile, or makes it, and answers whether it was made.
///
/// # Errors
/// 412 when the profile has another version; 422 for a licence that it does not have.
pub async fn replace(
    tx: &DatabaseTransaction,
    master_key: &MasterKey,
    account_id: Uuid,
    version: &IfMatch,
    body: &ProfileReplace,
    now: DateTime<Utc>,
) -> Result<(Stored, bool)> {
    let account = accounts::store::of_caller(tx, account_id).await?;
    let before = profile::Entity::find_by_id(account_id).one(tx).await?;
    version.check_held(before.as_ref().map(|row| row.version))?;
    let held = licences_of(tx, account_id).await?;
    let licences = next_licences(master_key, account_id, &held, &body.licences)?;
    let row = next_profile(&account, before.as_ref(), body, now);
    let made = before.is_none();
    let values = row.clone().into_active_model().reset_all();
    if made {
        profile::Entity::insert(values).exec_without_returning(tx).await?;
    } else {
        profile::Entity::update(values).exec(tx).await?;
    }
    store_licences(tx, account_id, &held, &licences).await?;
    store_facets(tx, &row, &licences).await?;
    record(tx, account_id, if made { "profile.create" } else { "profile.update" }, now).await?;
    Ok(((row, licences), made))
}

/// Takes the profile and its licences away.
///
/// # Errors
/// 404 where there is none; 412 when it has another version.
pub async fn delete(tx: &DatabaseTransaction, account_id: Uuid, version: &IfMatch, now: DateTime<Utc>) -> Result<()> {
    let row = profile::Entity::find_by_id(account_id).one(tx).await?.ok_or_else(Problem::not_found)?;
    version.check(row.version)?;
    licence::Entity::delete_many().filter(licence::COLUMN.account_id.eq(account_id)).exec(tx).await?;
    profile::Entity::delete_by_id(account_id).exec(tx).await?;
    forget_words(tx, profile::Entity).await?;
    record(tx, account_id, "profile.delete", now).await
}

async fn record(tx: &DatabaseTransaction, account_id: Uuid, action: &'static str, now: DateTime<Utc>) -> Result<()> {
    let event = Event {
        action,
        actor_id: Some(account_id),
        subject_type: "profile",
        subject_id: account_id,
        account_id: Some(account_id),
        ..Event::default()
    };
    audit::record(tx, now, event).await
}

fn next_profile(
    account: &account::Model,
    before: Option<&profile::Model>,
    body: &ProfileReplace,
    now: DateTime<Utc>,
) -> profile::Model {
    let name = fold(&account.display_name);
    profile::Model {
        account_id: account.id,
        headline: body.headline.clone(),
        about: body.about.clone(),
        pronouns: body.pronouns.clone(),
        country: body.country.clone(),
        region: body.region.clone(),
        city: body.city.clone(),
        time_zone: body.time_zone.clone(),
        languages: Strings(body.languages.iter().map(|tag| tag.0.clone()).collect()),
        npi: body.npi.clone(),
        taxonomy_codes: TaxonomyCode::stored(&body.taxonomy_codes),
        specialties: SpecialtyKey::stored(&body.specialties),
        modalities: ModalityKey::stored(&body.modalities),
        populations: PopulationKey::stored(&body.populations),
        experience: body.experience,
        formats: FormatKey::stored(&body.formats),
        availability: body.hours(),
        open_to: OpenToKey::stored(&body.open_to),
        discoverable: body.discoverable.unwrap_or(Discoverable::Nobody),
        sort_name: sort_name(&account.display_name),
        search_name: name,
        search_text: search_text(body),
        version: next_version(before.map(|row| row.version)),
        created_at: before.map_or(now, |row| row.created_at),
        updated_at: now,
    }
}

/// What full-text search finds a profile by, besides the name.
fn search_text(body: &ProfileReplace) -> String {
    let label = |vocabulary: Vocabulary, key| vocabulary.find(key).map(|term| term.label.as_str());
    let own = [&body.headline, &body.about, &body.city].into_iter().flatten().map(String::as_str);
    let words = own
        .chain(body.licences.iter().map(|licence| licence.title.as_str()))
        .chain(body.specialties.iter().filter_map(|key| label(Specialties, &key.0)))
        .chain(body.modalities.iter().filter_map(|key| label(Modalities, &key.0)))
        .chain(body.populations.iter().filter_map(|key| label(Populations, &key.0)));
    fold_all(words)
}

/// The licences as they are to be. One that names an id keeps its number and its verification while it is the same
/// licence.
fn next_licences(
    master_key: &MasterKey,
    account_id: Uuid,
    held: &[licence::Model],
    wanted: &[LicenceReplace],
) -> Result<Vec<licence::Model>> {
    let mut licences = Vec::with_capacity(wanted.len());
    let mut faults = Vec::new();
    for (at, wanted) in wanted.iter().enumerate() {
        let before = wanted.id.map(|id| held.iter().find(|held| held.id == id));
        if before == Some(None) {
            let detail = "must be the id of a licence that the profile has";
            faults.push(Fault::at(format!("/licences/{at}/id"), "unknown_licence", detail));
        }
        let position = i64::try_from(at).map_err(Problem::internal)?;
        licences.push(next_licence(master_key, account_id, position, before.flatten(), wanted)?);
    }
    if faults.is_empty() { Ok(licences) } else { Err(Problem::invalid(faults)) }
}

fn next_licence(
    master_key: &MasterKey,
    account_id: Uuid,
    position: i64,
    before: Option<&licence::Model>,
    wanted: &LicenceReplace,
) -> Result<licence::Model> {
    let id = before.map_or_else(Uuid::now_v7, |before| before.id);
    let place = number_place(id);
    let number = wanted.number.as_ref().map(|number| number.0.expose_secret());
    let same = before.filter(|before| {
        before.family == wanted.family.0 && before.title == wanted.title && before.jurisdiction == wanted.jurisdiction
    });
    let known = same.and_then(|same| same.number_sealed.as_deref());
    let known = known.map(|sealed| master_key.open(sealed, &place)).transpose()?;
    let renumbered =
        number.is_some_and(|number| known.as_ref().map(|known| known.expose_secret()) != Some(number.as_bytes()));
    let kept = same.filter(|_| !renumbered);
    Ok(licence::Model {
        id,
        account_id,
        position,
        family: wanted.family.0.clone(),
        title: wanted.title.clone(),
        jurisdiction: wanted.jurisdiction.clone(),
        number_sealed: match number.filter(|_| renumbered) {
            Some(number) => Some(master_key.seal(number.as_bytes(), &place)?),
            None => kept.and_then(|kept| kept.number_sealed.clone()),
        },
        number_masked: match number {
            Some(number) => Some(rules::mask(number)),
            None => kept.and_then(|kept| kept.number_masked.clone()),
        },
        expires_on: wanted.expires_on,
        verified_at: kept.and_then(|kept| kept.verified_at),
    })
}

/// Seals every licence number anew, with the master key that seals now.
pub async fn reseal(tx: &DatabaseTransaction, master_key: &MasterKey) -> Result<()> {
    let numbered = licence::Entity::find().filter(licence::COLUMN.number_sealed.is_not_null());
    for row in numbered.all(tx).await? {
        let Some(sealed) = row.number_sealed else { continue };
        let number_sealed = Set(Some(master_key.reseal(&sealed, &number_place(row.id))?));
        let row = licence::ActiveModel { id: Set(row.id), number_sealed, ..Default::default() };
        licence::Entity::update(row).exec(tx).await?;
    }
    Ok(())
}

/// Where the number of a licence is sealed.
fn number_place(id: Uuid) -> String {
    format!("licence.number/{id}")
}

async fn store_licences(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    held: &[licence::Model],
    licences: &[licence::Model],
) -> Result<()> {
    if held == licences {
        return Ok(());
    }
    licence::Entity::delete_many().filter(licence::COLUMN.account_id.eq(account_id)).exec(tx).await?;
    let rows = licences.iter().map(|licence| licence.clone().into_active_model().reset_all());
    licence::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// The words by which the directory filters, each once.
fn facets(row: &profile::Model, licences: &[licence::Model]) -> BTreeSet<(&'static str, String)> {
    let lists = [
        ("specialty", &row.specialties),
        ("modality", &row.modalities),
        ("population", &row.populations),
        ("format", &row.formats),
        ("open_to", &row.open_to),
    ];
    let mut facets: BTreeSet<(&'static str, String)> =
        lists.into_iter().flat_map(|(facet, keys)| keys.0.iter().map(move |key| (facet, key.clone()))).collect();
    for tag in &row.languages.0 {
        // A language is found by its whole tag and by its first part.
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or_default().to_owned();
        facets.extend([("language", primary), ("language", tag)]);
    }
    for licence in licences {
        facets.insert(("licence_family", licence.family.clone()));
        facets.insert(("jurisdiction", licence.jurisdiction.clone()));
    }
    facets.extend(row.country.clone().map(|country| ("country", country)));
    facets.extend(row.region.clone().map(|region| ("region", region)));
    facets.extend(row.experience.map(|experience| ("experience", experience.to_value())));
    facets
}

async fn store_facets(tx: &DatabaseTransaction, row: &profile::Model, licences: &[licence::Model]) -> Result<()> {
    let of_account = profile_facet::COLUMN.account_id.eq(row.account_id);
    profile_facet::Entity::delete_many().filter(of_account).exec(tx).await?;
    let facet = |(facet, value): (&'static str, String)| profile_facet::ActiveModel {
        account_id: Set(row.account_id),
        facet: Set(facet.into()),
        value: Set(value),
    };
    profile_facet::Entity::insert_many(facets(row, licences).into_iter().map(facet)).exec_without_returning(tx).await?;
    Ok(())
}
