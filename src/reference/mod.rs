//! Facts that ship with the service: the organizations that the directory starts with.

use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, QueryFilter};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    db::Db,
    entities::organization,
    organizations::{schema::OrganizationCreate, store},
    problem::{Problem, Result},
};

pub mod demo;

const ORGANIZATIONS: &str = include_str!("../../reference/organizations.json");

/// An organization that ships, under an id that is the same everywhere.
#[derive(Deserialize)]
struct Shipped {
    id: Uuid,
    #[serde(flatten)]
    organization: serde_json::Value,
}

/// Puts in the organizations that have never been put in. What moderators and owners changed since stays.
pub async fn seed(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let shipped: Vec<Shipped> = serde_json::from_str(ORGANIZATIONS).map_err(Problem::internal)?;
    let missing = |known: &[organization::Model], one: &Shipped| known.iter().all(|row| row.id != one.id);
    let ids: Vec<Uuid> = shipped.iter().map(|one| one.id).collect();
    let find = || organization::Entity::find().filter(organization::COLUMN.id.is_in(ids.clone()));
    let known = find().all(db.read()).await?;
    if shipped.iter().all(|one| !missing(&known, one)) {
        return Ok(());
    }
    db.write(async |tx| {
        let known = find().all(tx).await?;
        for one in shipped.iter().filter(|one| missing(&known, one)) {
            let body: OrganizationCreate =
                serde_json::from_value(one.organization.clone()).map_err(Problem::internal)?;
            store::add_published(tx, one.id, &body, now).await?;
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;
    use crate::{
        entities::organization::OrganizationKind,
        organizations::{rules, schema::FactMember},
    };

    #[test]
    fn eight_sound_organizations_ship() {
        let shipped: Vec<Shipped> = serde_json::from_str(ORGANIZATIONS).unwrap();
        assert_eq!(shipped.len(), 8);
        for one in shipped {
            let body: OrganizationCreate = serde_json::from_value(one.organization).unwrap();
            body.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", body.name));
            assert_eq!(body.accepts_memberships, Some(rules::kind_takes_members(body.kind)), "{}", body.name);
            let sourced = |member| body.facts.iter().any(|fact| fact.member == member);
            assert!(sourced(FactMember::FoundedYear) && sourced(FactMember::Offerings), "{}", body.name);
            assert_eq!(body.kind == OrganizationKind::Directory, body.name == "Psychology Today");
        }
    }
}
