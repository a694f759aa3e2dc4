//! Invented people, organizations, groups, memberships, events and what people found in taking stock, to play with. They go
//! through the same doors as real ones.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    crypto::opaque,
    db::search::sort_name,
    entities::{
        account::{self, PlatformRole},
        membership::Tie,
        organization,
    },
    http::{
        caller::{Caller, Visitor},
        conditional::IfMatch,
    },
    membership_types::{self, schema::MembershipTypeCreate},
    memberships::{self, schema::MembershipCreate, store::HeldPlace},
    organizations::{self, schema::OrganizationCreate},
    problem::{Problem, Result},
    state::State,
    therapists::{self, schema::ProfileReplace},
};

mod events;
mod groups;
mod stock;

const DEMO: &str = include_str!("../../../reference/demo.json");

#[derive(Deserialize)]
struct Demo {
    therapists: Vec<DemoTherapist>,
    organizations: Vec<DemoOrganization>,
    memberships: Vec<DemoMembership>,
}

#[derive(Deserialize)]
struct DemoTherapist {
    /// The first part of the address `…@demo.example`.
    key: String,
    display_name: String,
    profile: ProfileReplace,
}

#[derive(Deserialize)]
struct DemoOrganization {
    proposer: String,
    organization: OrganizationCreate,
    membership_types: Vec<MembershipTypeCreate>,
    /// It waits for a moderator.
    #[serde(default)]
    proposed: bool,
}

#[derive(Deserialize)]
struct DemoMembership {
    therapist: String,
    /// The organization's name.
    organization: String,
    membership: MembershipCreate,
}

/// Puts the demo in, unless it is there, and answers the password that all its people share. Ana moderates.
pub async fn seed(app: &State) -> Result<Option<String>> {
    let demo: Demo = serde_json::from_str(DEMO).map_err(Problem::internal)?;
    let password: String = opaque::generate()?.expose_secret().chars().take(20).collect();
    let password_hash = app.passwords.hash(&SecretString::from(password.clone())).await?;
    let now = app.clock.now();
    let is_new = app
        .db
        .write(async |tx| {
            let known = account::COLUMN.email_key.eq(address(demo.therapists.first().map_or("", |first| &first.key)));
            if account::Entity::find().filter(known).one(tx).await?.is_some() {
                return Ok(false);
            }
            let mut accounts = HashMap::new();
            for therapist in &demo.therapists {
                let id = add_account(tx, therapist, &password_hash, now).await?;
                let any_version = IfMatch::Anything;
                therapists::store::replace(tx, &app.master_key, id, &any_version, &therapist.profile, now).await?;
                accounts.insert(therapist.key.as_str(), id);
            }
            for one in &demo.organizations {
                add_organization(tx, one, find(&accounts, &one.proposer)?, find(&accounts, "ana")?, now).await?;
            }
            for one in &demo.memberships {
                add_membership(tx, one, find(&accounts, &one.therapist)?, now).await?;
            }
            groups::seed(tx, app, &accounts, now).await?;
            events::seed(tx, app, &accounts, now).await?;
            stock::seed(tx, app, &accounts, now).await?;
            Ok(true)
        })
        .await?;
    Ok(is_new.then_some(password))
}

fn address(key: &str) -> String {
    format!("{key}@demo.example")
}

fn find(accounts: &HashMap<&str, Uuid>, key: &str) -> Result<Uuid> {
    accounts.get(key).copied().ok_or_else(|| Problem::internal(format!("the demo has no therapist {key}")))
}

/// Somebody of the demo, as the doors of the service know them.
fn caller(account_id: Uuid) -> Caller {
    Caller {
        account_id,
        session_id: Uuid::nil(),
        platform_role: PlatformRole::Member,
        email_verified: true,
        scope: "".into(),
    }
}

async fn add_account(
    tx: &DatabaseTransaction,
    therapist: &DemoTherapist,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let moderates = therapist.key == "ana";
    let row = account::ActiveModel {
        id: Set(id),
        email: Set(address(&therapist.key)),
        email_key: Set(Some(address(&therapist.key))),
        display_name: Set(therapist.display_name.clone()),
        sort_name: Set(sort_name(&therapist.display_name)),
        locale: Set("en".into()),
        time_zone: Set("UTC".into()),
        password_hash: Set(Some(password_hash.to_owned())),
        platform_role: Set(if moderates { PlatformRole::Moderator } else { PlatformRole::Member }),
        email_verified_at: Set(Some(now)),
        suspended_at: Set(None),
        erased_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    account::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

async fn add_organization(
    tx: &DatabaseTransaction,
    one: &DemoOrganization,
    proposer: Uuid,
    moderator: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let (mut row, inserts) = organizations::store::create(tx, proposer, &one.organization, now).await?;
    inserts.run(tx).await?;
    if !one.proposed {
        row = organizations::store::publish(tx, moderator, row, now).await?;
    }
    for terms in &one.membership_types {
        membership_types::store::create(tx, proposer, row.id, terms, now).await?;
    }
    Ok(())
}

async fn add_membership(
    tx: &DatabaseTransaction,
    one: &DemoMembership,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let named = organization::COLUMN.sort_name.eq(sort_name(&one.organization));
    let found = organization::Entity::find().filter(named).one(tx).await?.ok_or_else(Problem::not_found)?;
    let (organization, standing) =
        organizations::store::visible_to(tx, &Visitor(None), found.id, now.date_naive()).await?;
    let tie = Tie::Organization(organization.id);
    let blank = memberships::store::blank(tx, account_id, tie, None, now).await?;
    let held = memberships::store::application(blank, HeldPlace::organization(organization, standing));
    let next = memberships::rules::join(&held.case(now), None, one.membership.clone().into())?;
    memberships::store::begin(tx, held.seen, next, account_id, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[test]
    fn what_is_invented_is_sound() {
        let demo: Demo = serde_json::from_str(DEMO).unwrap();
        for one in &demo.therapists {
            one.profile.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", one.key));
        }
        for one in &demo.organizations {
            one.organization.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", one.organization.name));
            one.membership_types.iter().for_each(|terms| terms.validate().unwrap());
        }
        demo.memberships.iter().for_each(|one| one.membership.validate().unwrap());
    }
}
