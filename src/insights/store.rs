//! Contributions, and the quarters that they add up to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    rules::{self, FEWEST, Frozen, Quarter},
    schema::{ContributionReplace, EXPLANATION, Insight, InsightFilter, Insights},
};
use crate::{
    consultation_groups,
    entities::{
        contribution, insight,
        membership::Tie,
        self_assessment::{self, SelfAssessmentStatus, StoredStatus},
    },
    http::{
        caller::Caller,
        conditional::{IfMatch, next_version},
    },
    organizations,
    problem::{Problem, ProblemCode, Result},
    psychometrics::{Instrument, Outcome, Response, major},
    self_assessments::{self, rules::WrongState},
    state::State,
};

/// The most insights that one answer has.
const MOST: usize = 200;
/// How many quarters are looked back on.
const LOOKED_BACK: u32 = 12;

/// An instrument in one quarter.
type Cell = (String, i64, Quarter);

/// The contribution that a self-assessment of the account makes.
///
/// # Errors
/// 404 where it makes none, or is somebody else's.
pub async fn contribution_of(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<contribution::Model> {
    find_contribution(db, account_id, id).await?.ok_or_else(Problem::not_found)
}

async fn find_contribution(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<contribution::Model>> {
    let found = contribution::Entity::find_by_id(id).filter(contribution::COLUMN.account_id.eq(account_id));
    Ok(found.one(db).await?)
}

/// Lets a self-assessment count in one body, instead of where it counted before; and whether it counted nowhere.
///
/// # Errors
/// 409 unless it is completed, and in this quarter; 412 for another version; 422 unless the caller is a member there.
pub async fn contribute(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    version: &IfMatch,
    body: &ContributionReplace,
    now: DateTime<Utc>,
) -> Result<(contribution::Model, bool)> {
    let assessment = self_assessments::store::own(tx, caller.account_id, id).await?;
    let before = find_contribution(tx, caller.account_id, id).await?;
    version.check_held(before.as_ref().map(|before| before.version))?;
    let status = assessment.status_at(now);
    let completed_at = assessment.completed_at.filter(|_| status == SelfAssessmentStatus::Completed);
    let completed_at = completed_at.ok_or(WrongState(status))?;
    let quarter = Quarter::of(completed_at);
    if quarter.is_closed(now) {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the quarter in which it was completed is over"));
    }
    check_membership(tx, caller, body, now).await?;
    let row = contribution::Model {
        self_assessment_id: id,
        account_id: caller.account_id,
        organization_id: body.organization_id,
        consultation_group_id: body.consultation_group_id,
        major: stored(major(&assessment.instrument_version)),
        instrument: assessment.instrument,
        quarter: quarter.to_string(),
        completed_at,
        version: next_version(before.as_ref().map(|before| before.version)),
        created_at: before.as_ref().map_or(now, |before| before.created_at),
    };
    let mut written = row.clone().into_active_model().reset_all();
    match before {
        None => {
            contribution::Entity::insert(written).exec_without_returning(tx).await?;
            Ok((row, true))
        }
        Some(_) => {
            written.self_assessment_id = Unchanged(id);
            contribution::Entity::update(written).exec(tx).await?;
            Ok((row, false))
        }
    }
}

/// Only members contribute. Whether there is such a body is told to nobody else.
async fn check_membership(
    tx: &DatabaseTransaction,
    caller: &Caller,
    body: &ContributionReplace,
    now: DateTime<Utc>,
) -> Result<()> {
    let (place, tie) = match (body.organization_id, body.consultation_group_id) {
        (Some(id), _) => ("/organization_id", Tie::Organization(id)),
        (None, Some(id)) => ("/consultation_group_id", Tie::ConsultationGroup(id)),
        (None, None) => return Ok(()),
    };
    match belongs_to(tx, caller, tie, now).await {
        Ok(true) => Ok(()),
        Err(problem) if problem.code != ProblemCode::NotFound => Err(problem),
        _ => Err(Problem::invalid_at(place, "not_a_member", "must be somewhere where you are a member")),
    }
}

/// Whether the caller is a member of a body that they may know of.
///
/// # Errors
/// 404 where there is none.
pub async fn belongs_to(db: &impl ConnectionTrait, caller: &Caller, tie: Tie, now: DateTime<Utc>) -> Result<bool> {
    let visitor = caller.clone().into();
    Ok(match tie {
        Tie::Organization(id) => {
            let (_, standing) = organizations::store::visible_to(db, &visitor, id, now.date_naive()).await?;
            standing.role.is_some()
        }
        Tie::ConsultationGroup(id) => {
            let (_, standing) = consultation_groups::store::visible_to(db, &visitor, id, now).await?;
            standing.is_member()
        }
    })
}

/// What a member of a body is told of its quarters. Those that have ended since somebody last asked are computed first.
pub async fn told(app: &State, viewer: Uuid, tie: Tie, filter: &InsightFilter) -> Result<Insights> {
    let cells = contributed(app, tie, filter.instrument.as_deref()).await?;
    let frozen = frozen(app, tie, &cells).await?;
    let mut insights = Vec::new();
    for ((key, major, quarter), contributions) in &cells {
        let Some(instrument) = instrument_of(app, key, *major) else { continue };
        let Some(frozen) = frozen.get(&(key.clone(), *major, *quarter)) else { continue };
        let remaining: BTreeSet<Uuid> = contributions.iter().map(|one| one.account_id).collect();
        if !rules::may_know(frozen, &remaining, viewer) {
            continue;
        }
        let told = rules::told(frozen, instrument, &remaining, viewer);
        insights.push((*quarter, Insight::new(instrument, *major, quarter.to_string(), told)));
    }
    insights.sort_by_key(|(quarter, _)| std::cmp::Reverse(*quarter));
    let wanted = |insight: &Insight| filter.quarter.as_ref().is_none_or(|quarter| insight.quarter == *quarter);
    let insights = insights.into_iter().map(|(_, insight)| insight).filter(wanted).take(MOST).collect();
    Ok(Insights { explanation: EXPLANATION, insights })
}

/// The newest version of one major number: it has the scales and their names.
fn instrument_of<'a>(app: &'a State, key: &str, major: i64) -> Option<&'a Instrument> {
    let versions = app.instruments.versions(key);
    versions.iter().rev().map(|version| &**version).find(|version| stored(version.major()) == major)
}

/// A major number as the database keeps it.
fn stored(major: u64) -> i64 {
    i64::try_from(major).unwrap_or(i64::MAX)
}

fn in_body(tie: Tie, organization: impl ColumnTrait, group: impl ColumnTrait) -> Condition {
    Condition::all().add(match tie {
        Tie::Organization(id) => organization.eq(id),
        Tie::ConsultationGroup(id) => group.eq(id),
    })
}

/// What was contributed to a body in quarters that are over.
async fn contributed(
    app: &State,
    tie: Tie,
    instrument: Option<&str>,
) -> Result<BTreeMap<Cell, Vec<contribution::Model>>> {
    use contribution::Column;
    let current = Quarter::of(app.clock.now());
    let rows = contribution::Entity::find()
        .filter(in_body(tie, Column::OrganizationId, Column::ConsultationGroupId))
        .filter(Column::Quarter.gte(current.back(LOOKED_BACK).to_string()))
        .filter(Column::Quarter.lt(current.to_string()))
        .filter(Condition::all().add_option(instrument.map(|key| Column::Instrument.eq(key))))
        .all(app.db.read())
        .await?;
    let mut cells: BTreeMap<Cell, Vec<contribution::Model>> = BTreeMap::new();
    for row in rows {
        let quarter = Quarter::parse(&row.quarter).ok_or_else(|| Problem::internal("a stored quarter is none"))?;
        cells.entry((row.instrument.clone(), row.major, quarter)).or_default().push(row);
    }
    Ok(cells)
}

/// Every quarter as it was computed. Those that were not are computed now, the earliest first, and kept.
async fn frozen(
    app: &State,
    tie: Tie,
    cells: &BTreeMap<Cell, Vec<contribution::Model>>,
) -> Result<BTreeMap<Cell, Frozen>> {
    let mut known = kept(app, app.db.read(), tie).await?;
    let mut new = Vec::new();
    // Cells are in the order of instrument, major version and quarter.
    for (cell, contributions) in cells {
        let Some(instrument) = instrument_of(app, &cell.0, cell.1).filter(|_| !known.contains_key(cell)) else {
            continue;
        };
        let outcomes = outcomes(app, contributions).await?;
        let told_before = known.range((cell.0.clone(), cell.1, Quarter::FIRST)..cell.clone()).rev();
        let told_before = told_before.map(|(_, frozen)| frozen);
        let before = told_before.into_iter().find(|one| !one.too_similar && one.respondents.len() >= FEWEST);
        let computed = rules::freeze(instrument, &outcomes, before.map(|before| &before.respondents));
        known.insert(cell.clone(), computed.clone());
        new.push((cell, computed));
    }
    if new.is_empty() {
        return Ok(known);
    }
    app.db
        .write(async |tx| {
            // Another request may have been quicker: what it kept stays.
            let mut kept = kept(app, tx, tie).await?;
            for (cell, computed) in &new {
                if !kept.contains_key(*cell) {
                    keep(app, tx, tie, cell, computed).await?;
                    kept.insert((*cell).clone(), computed.clone());
                }
            }
            Ok(kept)
        })
        .await
}

/// The quarters of a body that were computed.
async fn kept(app: &State, db: &impl ConnectionTrait, tie: Tie) -> Result<BTreeMap<Cell, Frozen>> {
    let rows = insight::Entity::find()
        .filter(in_body(tie, insight::Column::OrganizationId, insight::Column::ConsultationGroupId))
        .all(db)
        .await?;
    let open = |row: insight::Model| {
        let quarter = Quarter::parse(&row.quarter).ok_or_else(|| Problem::internal("a stored quarter is none"))?;
        let text = app.master_key.open(&row.content, &row.place())?;
        let frozen = serde_json::from_slice(secrecy::ExposeSecret::expose_secret(&text)).map_err(Problem::internal)?;
        Ok(((row.instrument, row.major, quarter), frozen))
    };
    rows.into_iter().map(open).collect()
}

async fn keep(app: &State, tx: &DatabaseTransaction, tie: Tie, cell: &Cell, frozen: &Frozen) -> Result<()> {
    let (organization_id, consultation_group_id) = match tie {
        Tie::Organization(id) => (Some(id), None),
        Tie::ConsultationGroup(id) => (None, Some(id)),
    };
    let mut row = insight::Model {
        id: Uuid::now_v7(),
        organization_id,
        consultation_group_id,
        instrument: cell.0.clone(),
        major: cell.1,
        quarter: cell.2.to_string(),
        content: Vec::new(),
        created_at: app.clock.now(),
    };
    let text = serde_json::to_vec(frozen).map_err(Problem::internal)?;
    row.content = app.master_key.seal(&text, &row.place())?;
    insight::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// One outcome for each account, of what it contributed last.
async fn outcomes(app: &State, contributions: &[contribution::Model]) -> Result<Vec<(Uuid, Outcome)>> {
    let mut latest: BTreeMap<Uuid, &contribution::Model> = BTreeMap::new();
    for one in contributions {
        let known = latest.entry(one.account_id).or_insert(one);
        if (one.completed_at, one.self_assessment_id) > (known.completed_at, known.self_assessment_id) {
            *known = one;
        }
    }
    let (db, ids) = (app.db.read(), latest.values().map(|one| one.self_assessment_id));
    let keys = app.data_keys.get_many(db, &app.master_key, latest.keys().copied()).await?;
    let rows = self_assessment::Entity::find()
        .filter(self_assessment::COLUMN.id.is_in(ids))
        .filter(self_assessment::Column::Status.eq(StoredStatus::Completed))
        .order_by_asc(self_assessment::Column::Id)
        .all(db)
        .await?;
    let mut outcomes = Vec::new();
    for row in rows {
        let Some((key, sealed)) = keys.get(&row.account_id).zip(row.content.as_deref()) else { continue };
        let response: Response = key.open(sealed, &row.place())?;
        outcomes.extend(response.outcome.map(|outcome| (row.account_id, outcome)));
    }
    Ok(outcomes)
}

/// Seals every insight anew, with the master key that seals now.
pub async fn reseal(tx: &DatabaseTransaction, master_key: &crate::crypto::master_key::MasterKey) -> Result<()> {
    let rows: Vec<(Uuid, Vec<u8>)> = insight::Entity::find()
        .select_only()
        .columns([insight::Column::Id, insight::Column::Content])
        .into_tuple()
        .all(tx)
        .await?;
    for (id, content) in rows {
        let place = insight::place(id);
        insight::Entity::update_many()
            .col_expr(insight::Column::Content, Expr::value(master_key.reseal(&content, &place)?))
            .filter(insight::Column::Id.eq(id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
