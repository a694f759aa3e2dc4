//! Which rules each version of an instrument had when this database first met it.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::{
    db::Db,
    entities::instrument_pin,
    problem::{Problem, ProblemCode, Result},
    psychometrics::Catalogue,
};

/// Writes down the rules of versions that are new, and holds the others to what they were: old results tell what they
/// were scored by.
///
/// # Errors
/// Names the version whose rules have changed.
pub async fn pin_versions(db: &Db, catalogue: &Catalogue, now: DateTime<Utc>) -> Result<()> {
    let known = instrument_pin::Entity::find().all(db.read()).await?;
    let mut new = Vec::new();
    for instrument in catalogue.every_version() {
        let same = |pin: &&instrument_pin::Model| pin.instrument == instrument.key && pin.version == instrument.version;
        match known.iter().find(same) {
            Some(pin) if pin.rules_sha256 != instrument.rules_sha256 => {
                let words = format!(
                    "{} {} is not scored as it was; put its file back, and give the changed one a new version",
                    instrument.key, instrument.version
                );
                return Err(Problem::new(ProblemCode::Internal, words));
            }
            Some(_) => {}
            None => new.push(instrument),
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    db.write(async |tx| {
        // Another instance may have been quicker.
        let known = instrument_pin::Entity::find().all(tx).await?;
        let is_new =
            |key: &str, version: &str| !known.iter().any(|pin| pin.instrument == key && pin.version == version);
        let rows = new.iter().filter(|one| is_new(&one.key, &one.version)).map(|one| instrument_pin::ActiveModel {
            instrument: Set(one.key.clone()),
            version: Set(one.version.clone()),
            rules_sha256: Set(one.rules_sha256.clone()),
            created_at: Set(now),
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            instrument_pin::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(())
    })
    .await
}
