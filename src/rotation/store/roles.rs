//! Roles of meetings: read, agreed on, written down.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{Deed, FoundMeeting, Loaded, check_goes_on, load, meeting_is_over, record};
use crate::{
    consultation_formats::rules::{find, presenter_slots},
    entities::{
        consultation_group,
        meeting_role::{self, MeetingRole, RoleSource},
        membership,
        presenter_request::{self, StoredRequestStatus},
        role_freeze,
    },
    http::caller::Caller,
    problem::{Problem, Result},
    rotation::{
        rules::{self, Appointment, Shape},
        schema::{AgendaItem, MeetingAgenda, MeetingRoles},
    },
    schedule::{self, rules::Occurrence},
    vocabularies::ConsultationFormatKey,
};

/// Who leads a meeting and who presents at it.
pub async fn roles(db: &impl ConnectionTrait, found: &FoundMeeting, now: DateTime<Utc>) -> Result<MeetingRoles> {
    let loaded = load(db, &found.group, &[&found.meeting], now).await?;
    let roles = loaded.roles_of(found.meeting.id).ok_or_else(Problem::not_found)?;
    let slots = slots(&found.group, &found.meeting);
    Ok(MeetingRoles {
        meeting_id: found.meeting.id,
        basis: roles.basis,
        facilitator: roles.facilitator.as_ref().map(|holder| loaded.holder(holder)),
        presenters: roles.presenters.iter().map(|holder| loaded.holder(holder)).collect(),
        presenter_slots: i64::try_from(slots).unwrap_or_default(),
        version: found.meeting.version(),
    })
}

/// Whether it is the account that leads a meeting, by turn or by agreement.
pub async fn leads(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    meeting: &Occurrence,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let loaded = load(db, group, &[meeting], now).await?;
    let leader = loaded.roles_of(meeting.id).and_then(|roles| roles.facilitator);
    Ok(leader.is_some_and(|holder| loaded.account_of(holder.membership_id) == account_id))
}

fn slots(group: &consultation_group::Model, meeting: &Occurrence) -> usize {
    presenter_slots(group.consultation_format.as_deref().and_then(find), meeting.duration_minutes)
}

/// How the time of a meeting is spent.
pub async fn agenda(db: &impl ConnectionTrait, found: &FoundMeeting, now: DateTime<Utc>) -> Result<MeetingAgenda> {
    let (group, meeting) = (&found.group, &found.meeting);
    let loaded = load(db, group, &[meeting], now).await?;
    let roles = loaded.roles_of(meeting.id).ok_or_else(Problem::not_found)?;
    let answers = schedule::store::answers(db, [meeting.id], now).await?;
    let yes = answers.get(&meeting.id).map_or(0, |answers| usize::try_from(answers.yes).unwrap_or_default());
    let expected = match (yes, loaded.at(meeting.id)) {
        (0, Some((planned, _))) => {
            let comes = |member: &&membership::Model| loaded.course.is_available(planned, member.id);
            loaded.course.members.iter().filter(comes).count()
        }
        (yes, _) => yes,
    };
    let format = group.consultation_format.as_deref().and_then(find);
    let shape = Shape { format, duration_minutes: meeting.duration_minutes, slots: slots(group, meeting), expected };
    let presenter = |run: Option<usize>| {
        let holder = roles.presenters.get(run?.checked_sub(1)?)?;
        Some(loaded.holder(holder))
    };
    let steps = rules::agenda(&shape);
    Ok(MeetingAgenda {
        meeting_id: meeting.id,
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        consultation_format: group.consultation_format.clone().map(ConsultationFormatKey),
        items: steps.iter().map(|step| AgendaItem::at(meeting.starts_at, step, presenter(step.run))).collect(),
    })
}

/// Says that something about a meeting has changed.
pub(super) async fn touch(tx: &DatabaseTransaction, one: &Occurrence, now: DateTime<Utc>) -> Result<()> {
    let row = schedule::store::kept(tx, one, now).await?;
    schedule::store::save(tx, row, now).await?;
    Ok(())
}

/// Writes down the roles of a meeting that begins, as the rotation has them. From then on they are facts; doing it
/// again changes nothing. Call it when a meeting is started, and before what changes anything of one that has begun.
pub async fn freeze(
    tx: &DatabaseTransaction,
    group: &consultation_group::Model,
    meeting: &Occurrence,
    now: DateTime<Utc>,
) -> Result<()> {
    let loaded = load(tx, group, &[meeting], now).await?;
    write_down(tx, &loaded, meeting.id, now).await
}

/// What the rotation rests on; what has begun of it is written down first.
pub(super) async fn load_to_write(
    tx: &DatabaseTransaction,
    group: &consultation_group::Model,
    include: &[&Occurrence],
    now: DateTime<Utc>,
) -> Result<Loaded> {
    check_goes_on(group, now)?;
    let loaded = load(tx, group, include, now).await?;
    for planned in loaded.course.meetings.iter().filter(|planned| planned.has_begun) {
        write_down(tx, &loaded, planned.meeting_id, now).await?;
    }
    Ok(loaded)
}

async fn write_down(tx: &DatabaseTransaction, loaded: &Loaded, meeting_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let (Some((planned, roles)), Some(occurrence)) = (loaded.at(meeting_id), loaded.occurrence(meeting_id)) else {
        return Ok(());
    };
    if planned.is_fact {
        return Ok(());
    }
    schedule::store::kept(tx, occurrence, now).await?;
    let of_meeting = meeting_role::COLUMN.meeting_id.eq(meeting_id);
    meeting_role::Entity::delete_many().filter(of_meeting).exec(tx).await?;
    let rows: Vec<_> = roles
        .holders()
        .map(|holder| meeting_role::Model {
            meeting_id,
            membership_id: holder.membership_id,
            account_id: loaded.account_of(holder.membership_id),
            role: holder.role,
            source: holder.source,
            created_at: now,
        })
        .map(|row| row.into_active_model().reset_all())
        .collect();
    if !rows.is_empty() {
        meeting_role::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    let frozen = role_freeze::Model { meeting_id, frozen_at: now };
    role_freeze::Entity::insert(frozen.into_active_model().reset_all()).exec_without_returning(tx).await?;
    let presenting: Vec<_> = roles.presenters.iter().map(|holder| holder.membership_id).collect();
    presenter_request::Entity::update_many()
        .col_expr(presenter_request::Column::MeetingId, Expr::value(meeting_id))
        .filter(presenter_request::COLUMN.membership_id.is_in(presenting))
        .filter(presenter_request::COLUMN.status.eq(StoredRequestStatus::Waiting))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives a role to somebody. Whoever led has it no longer.
pub(super) async fn give(
    tx: &DatabaseTransaction,
    loaded: &Loaded,
    meeting: &Occurrence,
    (membership_id, role, source): (Uuid, MeetingRole, RoleSource),
    now: DateTime<Utc>,
) -> Result<()> {
    schedule::store::kept(tx, meeting, now).await?;
    let account_id = loaded.account_of(membership_id);
    take(tx, meeting.id, membership_id).await?;
    if role == MeetingRole::Facilitator {
        let leading = meeting_role::COLUMN.role.eq(MeetingRole::Facilitator);
        let of_meeting = meeting_role::COLUMN.meeting_id.eq(meeting.id);
        meeting_role::Entity::delete_many().filter(of_meeting).filter(leading).exec(tx).await?;
    }
    let row = meeting_role::Model { meeting_id: meeting.id, membership_id, account_id, role, source, created_at: now };
    meeting_role::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes what was agreed on with somebody away.
pub(super) async fn take(tx: &DatabaseTransaction, meeting_id: Uuid, membership_id: Uuid) -> Result<()> {
    meeting_role::Entity::delete_by_id((meeting_id, membership_id)).exec(tx).await?;
    Ok(())
}

fn case<'a>(loaded: &'a Loaded, found: &FoundMeeting, caller: &Caller, now: DateTime<Utc>) -> Result<Appointment<'a>> {
    let (meeting, roles) = loaded.at(found.meeting.id).ok_or_else(|| meeting_is_over(&found.meeting, now))?;
    let own = loaded.own(caller)?.id;
    Ok(Appointment { course: &loaded.course, meeting, roles, own, leads_group: found.standing.facilitates() })
}

/// Lets somebody lead a meeting.
///
/// # Errors
/// 403, 409 and 422, as [`rules::appoint`] has it; 409 for a meeting that is over or was called off.
pub async fn appoint(
    tx: &DatabaseTransaction,
    found: &FoundMeeting,
    caller: &Caller,
    membership_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let loaded = load_to_write(tx, &found.group, &[&found.meeting], now).await?;
    let source = rules::appoint(&case(&loaded, found, caller, now)?, membership_id)?;
    give(tx, &loaded, &found.meeting, (membership_id, MeetingRole::Facilitator, source), now).await?;
    touch(tx, &found.meeting, now).await?;
    let account_id = loaded.account_of(membership_id);
    let deed =
        Deed { action: "meeting_role.appoint", subject_type: "meeting", subject_id: found.meeting.id, account_id };
    record(tx, caller, found.group.id, deed, now).await
}

/// Leaves it to the rotation again who leads a meeting.
///
/// # Errors
/// 404 where nobody was appointed or put themselves forward; 403, 409.
pub async fn return_to_rotation(
    tx: &DatabaseTransaction,
    found: &FoundMeeting,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<()> {
    let loaded = load_to_write(tx, &found.group, &[&found.meeting], now).await?;
    let case = case(&loaded, found, caller, now)?;
    rules::may_return_to_rotation(&case)?;
    let chosen = case.meeting.kept.iter().find(|holder| {
        let by_choice = matches!(holder.source, RoleSource::Appointed | RoleSource::Volunteered);
        holder.role == MeetingRole::Facilitator && by_choice
    });
    let membership_id = chosen.ok_or_else(Problem::not_found)?.membership_id;
    take(tx, found.meeting.id, membership_id).await?;
    touch(tx, &found.meeting, now).await?;
    let account_id = loaded.account_of(membership_id);
    let deed =
        Deed { action: "meeting_role.remove", subject_type: "meeting", subject_id: found.meeting.id, account_id };
    record(tx, caller, found.group.id, deed, now).await
}
