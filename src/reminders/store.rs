//! Which meetings remind whom; settings; and the mails, each of which is sent once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Related,
    sea_query::SimpleExpr,
};
use uuid::Uuid;

use super::{
    mails,
    rules::{self, GROUPS_THAT_MEET, Wishes},
    schema::{Near, ReminderSettingsReplace},
};
use crate::{
    accounts, consultation_groups,
    db::page::{PageRequest, Rows},
    entities::{
        account, consultation_group, meeting_answer, meeting_series, membership, reminder_sent, reminder_settings,
    },
    mail,
    problem::Result,
    recurrence::zone::zone_of,
    schedule::{self, rules::Occurrence},
    state::State,
};

/// Groups that the job looks through at once.
const GROUPS_AT_ONCE: u64 = 500;
/// Groups whose mails are put into the outbox in one transaction.
const GROUPS_AT_A_TIME: usize = 10;
/// So long after a meeting has begun it is forgotten who was reminded of it.
const KEPT: TimeDelta = TimeDelta::days(400);

/// The settings of the account, where it made any.
pub async fn settings(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Option<reminder_settings::Model>> {
    Ok(reminder_settings::Entity::find_by_id(account_id).one(db).await?)
}

/// Puts settings in the place of those before.
pub async fn replace(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    before: Option<reminder_settings::Model>,
    body: &ReminderSettingsReplace,
    now: DateTime<Utc>,
) -> Result<reminder_settings::Model> {
    let row = reminder_settings::Model {
        account_id,
        mail: body.mail,
        lead_minutes: body.lead_minutes,
        version: before.as_ref().map_or(1, |before| before.version + 1),
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
    };
    let mut written = row.clone().into_active_model().reset_all();
    match before {
        None => {
            reminder_settings::Entity::insert(written).exec_without_returning(tx).await?;
        }
        Some(_) => {
            written.account_id = Unchanged(account_id);
            reminder_settings::Entity::update(written).exec(tx).await?;
        }
    }
    Ok(row)
}

/// Members who are there and in good standing: not away, not suspended, and nothing is left to sign.
fn expected(now: DateTime<Utc>) -> Condition {
    let due = membership::COLUMN.signature_due_at;
    let signed = Condition::any().add(due.is_null()).add(due.gt(now));
    Condition::all().add(membership::active_on(now.date_naive())).add(signed)
}

/// One page of what reminds the account, what begins first coming first. Five queries.
pub async fn list(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    within: Option<i64>,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Near>> {
    let zone = zone_of(&accounts::store::of_caller(db, account_id).await?.time_zone);
    let lead = match within {
        Some(within) => within,
        None => settings(db, account_id).await?.map_or(rules::USUAL_LEAD, |settings| settings.lead_minutes),
    };
    let own = membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .filter(expected(now))
        .into_query();
    let groups: HashMap<Uuid, String> = consultation_group::Entity::find()
        .select_only()
        .column(consultation_group::Column::Id)
        .column(consultation_group::Column::Name)
        .filter(consultation_group::COLUMN.id.in_subquery(own))
        .filter(consultation_groups::store::has_status(&GROUPS_THAT_MEET, now))
        .into_tuple::<(Uuid, String)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let meetings = meetings_of(db, groups.keys().copied().collect(), lead, now).await?;
    let answers = answers(db, &meetings, Some(account_id)).await?;
    let near = meetings.into_iter().filter_map(|meeting| {
        let answer = answers.get(&(meeting.id, account_id)).and_then(|answer| rules::holds(answer, &meeting));
        let group_name = groups.get(&meeting.group_id)?.clone();
        rules::reminds(&meeting, answer, lead, now).then_some(Near { meeting, group_name, answer, zone })
    });
    Ok(page.of(near.collect(), |one| (one.meeting.starts_at, one.meeting.id)))
}

/// The meetings of these groups that begin within so many minutes, the earliest first, with what is known of each: two
/// queries.
async fn meetings_of(
    db: &impl ConnectionTrait,
    groups: Vec<Uuid>,
    lead_minutes: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Occurrence>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let series: SimpleExpr = meeting_series::COLUMN.consultation_group_id.is_in(groups);
    let to = now + TimeDelta::minutes(lead_minutes) + TimeDelta::seconds(1);
    let mut meetings = schedule::store::occurrences(db, series, now, to).await?;
    meetings.retain(|one| one.starts_at > now);
    schedule::store::with_rows(db, meetings).await
}

/// What was answered to these meetings: by one account, or by all.
async fn answers(
    db: &impl ConnectionTrait,
    meetings: &[Occurrence],
    account_id: Option<Uuid>,
) -> Result<HashMap<(Uuid, Uuid), meeting_answer::Model>> {
    if meetings.is_empty() {
        return Ok(HashMap::new());
    }
    let given = meeting_answer::Entity::find()
        .filter(meeting_answer::COLUMN.meeting_id.is_in(meetings.iter().map(|one| one.id)))
        .filter(Condition::all().add_option(account_id.map(|id| meeting_answer::COLUMN.account_id.eq(id))))
        .all(db)
        .await?;
    Ok(given.into_iter().map(|answer| ((answer.meeting_id, answer.account_id), answer)).collect())
}

/// A mail that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Due {
    group_id: Uuid,
    account_id: Uuid,
    email: String,
    zone: Tz,
    meeting_id: Uuid,
    starts_at: DateTime<Utc>,
}

/// Puts a mail into the outbox for everybody whom a meeting reminds now and did not before. Whatever was missed while the
/// service was down is made good, as long as the meeting has not begun.
///
/// # Errors
/// 503 when the database is away; what was not put into the outbox then is the next time.
pub async fn send_due(app: &State) -> Result<()> {
    let now = app.clock.now();
    let mut after = Uuid::nil();
    loop {
        let groups = groups_that_meet(app.db.read(), after, now).await?;
        let Some(last) = groups.last() else { return Ok(()) };
        after = *last;
        let mut owed: Vec<Uuid> = due(app.db.read(), groups, now).await?.into_iter().map(|due| due.group_id).collect();
        owed.sort();
        owed.dedup();
        for groups in owed.chunks(GROUPS_AT_A_TIME) {
            let sent = app.db.write(async |tx| send(tx, app, groups, now).await).await?;
            if sent > 0 {
                app.mail_waits.notify_one();
            }
        }
    }
}

/// What is due is asked again inside the transaction: another instance may have sent it, somebody may have answered.
async fn send(tx: &DatabaseTransaction, app: &State, groups: &[Uuid], now: DateTime<Utc>) -> Result<usize> {
    let due = due(tx, groups.to_vec(), now).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let sent = due.iter().map(|one| reminder_sent::ActiveModel {
        account_id: Set(one.account_id),
        subject_id: Set(one.meeting_id),
        starts_at: Set(one.starts_at),
        sent_at: Set(now),
    });
    reminder_sent::Entity::insert_many(sent).exec_without_returning(tx).await?;
    for one in &due {
        let mail = mails::meeting_begins(&one.email, one.starts_at, one.zone);
        mail::enqueue(tx, &app.master_key, now, &mail).await?;
    }
    Ok(due.len())
}

/// Some of the groups that meet, by id.
async fn groups_that_meet(db: &impl ConnectionTrait, after: Uuid, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let found = consultation_group::Entity::find()
        .select_only()
        .column(consultation_group::Column::Id)
        .filter(consultation_groups::store::has_status(&GROUPS_THAT_MEET, now))
        .filter(consultation_group::COLUMN.id.gt(after))
        .order_by_asc(consultation_group::COLUMN.id)
        .limit(GROUPS_AT_ONCE);
    Ok(found.into_tuple().all(db).await?)
}

/// The mails that are due in these groups: five queries, however many groups, meetings and members there are.
async fn due(db: &impl ConnectionTrait, groups: Vec<Uuid>, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let meetings = meetings_of(db, groups, rules::LONGEST_LEAD, now).await?;
    if meetings.is_empty() {
        return Ok(Vec::new());
    }
    let members = members_of(db, meetings.iter().map(|one| one.group_id), now).await?;
    let answers = answers(db, &meetings, None).await?;
    let sent: HashSet<(Uuid, Uuid, DateTime<Utc>)> = reminder_sent::Entity::find()
        .filter(reminder_sent::COLUMN.subject_id.is_in(meetings.iter().map(|one| one.id)))
        .all(db)
        .await?
        .into_iter()
        .map(|sent| (sent.account_id, sent.subject_id, sent.starts_at))
        .collect();
    let mut due = Vec::new();
    for meeting in &meetings {
        for member in members.get(&meeting.group_id).into_iter().flatten() {
            let answer = answers.get(&(meeting.id, member.account_id)).and_then(|one| rules::holds(one, meeting));
            let known = sent.contains(&(member.account_id, meeting.id, meeting.starts_at));
            let Wishes { mail, lead_minutes } = member.wishes;
            if mail && !known && rules::reminds(meeting, answer, lead_minutes, now) {
                due.push(Due {
                    group_id: meeting.group_id,
                    account_id: member.account_id,
                    email: member.email.clone(),
                    zone: zone_of(&member.time_zone),
                    meeting_id: meeting.id,
                    starts_at: meeting.starts_at,
                });
            }
        }
    }
    Ok(due)
}

/// Somebody who is expected at the meetings of a group.
struct Member {
    account_id: Uuid,
    email: String,
    time_zone: String,
    wishes: Wishes,
}

/// Those who are expected at the meetings of these groups, where they meet: one query.
async fn members_of(
    db: &impl ConnectionTrait,
    groups: impl Iterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<Member>>> {
    type Row = (Option<Uuid>, Uuid, String, String, Option<bool>, Option<i64>);
    let own_settings = <reminder_settings::Entity as Related<account::Entity>>::to().rev();
    let rows: Vec<Row> = membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .column(membership::Column::AccountId)
        .column(account::Column::Email)
        .column(account::Column::TimeZone)
        .column(reminder_settings::Column::Mail)
        .column(reminder_settings::Column::LeadMinutes)
        .inner_join(account::Entity)
        .inner_join(consultation_group::Entity)
        .join(JoinType::LeftJoin, own_settings)
        .filter(membership::COLUMN.consultation_group_id.is_in(groups))
        .filter(expected(now))
        .filter(account::is_live())
        .filter(consultation_groups::store::has_status(&GROUPS_THAT_MEET, now))
        .order_by_asc(membership::COLUMN.id)
        .into_tuple()
        .all(db)
        .await?;
    let mut members: HashMap<Uuid, Vec<Member>> = HashMap::new();
    for (group, account_id, email, time_zone, mail, lead_minutes) in rows {
        let usual = Wishes::default();
        let wishes =
            Wishes { mail: mail.unwrap_or(usual.mail), lead_minutes: lead_minutes.unwrap_or(usual.lead_minutes) };
        if let Some(group) = group {
            members.entry(group).or_default().push(Member { account_id, email, time_zone, wishes });
        }
    }
    Ok(members)
}

/// Forgets who was reminded of what is over.
pub async fn forget_old(app: &State) -> Result<()> {
    let over = app.clock.now() - KEPT;
    app.db
        .write(async |tx| {
            let old = reminder_sent::Entity::delete_many().filter(reminder_sent::COLUMN.starts_at.lt(over));
            old.exec(tx).await?;
            Ok(())
        })
        .await
}
