//! All that the rotation of a group rests on, read with a fixed number of queries.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::{
    consultation_formats::rules::{find, presenter_slots},
    entities::{
        account, consultation_group,
        meeting::{self, StoredMeetingStatus},
        meeting_answer::{self, Answer},
        meeting_role::{self, MeetingRole},
        membership::{self, MembershipStatus},
        presenter_request::{self, StoredRequestStatus},
        role_freeze,
        role_swap::{self, StoredSwapStatus},
    },
    http::caller::Caller,
    problem::{Problem, Result},
    rotation::{
        rules::{Asked, Basis, Course, Holder, Lasts, Planned, Roles},
        schema::{RoleHolder, RoleParty},
    },
    schedule::{
        self,
        rules::{MeetingStatus, Occurrence, RECORDING_DAYS},
    },
};

/// So many of the meetings to come are foreseen.
const HORIZON: usize = 3;
/// Of so many it is looked up whether they were called off, and so many days ahead.
const LOOKED_UP: usize = 20;
const AHEAD: u64 = 300;

/// Somebody's account and name.
#[derive(Clone, Debug)]
struct Named {
    account_id: Uuid,
    display_name: String,
}

/// What the rotation of a group rests on, and what it gives.
pub struct Loaded {
    pub course: Course,
    /// Of each meeting of the course.
    pub forecast: Vec<Roles>,
    /// Of meetings that are over.
    over: Vec<Roles>,
    /// The requests of the queue.
    pub requests: Vec<presenter_request::Model>,
    occurrences: HashMap<Uuid, Occurrence>,
    names: HashMap<Uuid, Named>,
}

impl Loaded {
    /// A meeting that is to come or not recorded yet, and its roles.
    pub fn at(&self, meeting_id: Uuid) -> Option<(&Planned, &Roles)> {
        let all = self.course.meetings.iter().zip(&self.forecast);
        all.into_iter().find(|(planned, _)| planned.meeting_id == meeting_id)
    }

    /// The roles of a meeting, also of one that is over.
    pub fn roles_of(&self, meeting_id: Uuid) -> Option<&Roles> {
        self.forecast.iter().chain(&self.over).find(|roles| roles.meeting_id == meeting_id)
    }

    pub fn occurrence(&self, meeting_id: Uuid) -> Option<&Occurrence> {
        self.occurrences.get(&meeting_id)
    }

    /// The place of the caller among the members.
    ///
    /// # Errors
    /// 404 where they have none.
    pub fn own(&self, caller: &Caller) -> Result<&membership::Model> {
        let own = self.course.members.iter().find(|member| member.account_id == caller.account_id);
        own.ok_or_else(Problem::not_found)
    }

    pub fn member(&self, membership_id: Uuid) -> Option<&membership::Model> {
        self.course.members.iter().find(|member| member.id == membership_id)
    }

    pub fn account_of(&self, membership_id: Uuid) -> Uuid {
        self.names.get(&membership_id).map_or_else(Uuid::nil, |named| named.account_id)
    }

    pub fn party(&self, membership_id: Uuid) -> RoleParty {
        let display_name = self.names.get(&membership_id).map_or_else(String::new, |named| named.display_name.clone());
        RoleParty { membership_id, account_id: self.account_of(membership_id), display_name }
    }

    pub fn holder(&self, holder: &Holder) -> RoleHolder {
        let RoleParty { membership_id, account_id, display_name } = self.party(holder.membership_id);
        RoleHolder { membership_id, account_id, display_name, source: holder.source }
    }

    /// The first meeting at which somebody presents.
    pub fn turn_of(&self, membership_id: Uuid) -> Option<&Planned> {
        let presents = |roles: &Roles| roles.presenters.iter().any(|holder| holder.membership_id == membership_id);
        let all = self.course.meetings.iter().zip(&self.forecast);
        all.into_iter().find(|(_, roles)| presents(roles)).map(|(planned, _)| planned)
    }
}

/// Reads all of it at `now`: the next meetings, those that have begun and are not recorded, and those that `include`
/// names.
pub async fn load(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    include: &[&Occurrence],
    now: DateTime<Utc>,
) -> Result<Loaded> {
    let members = members(db, group.id).await?;
    let (planned, over) = meetings(db, group.id, include, now).await?;
    let all = || planned.iter().map(|(one, _)| one).chain(&over);
    let ids: Vec<Uuid> = all().map(|one| one.id).collect();
    let kept = kept(db, &ids).await?;
    let facts = facts(db, &ids).await?;
    let declined = declined(db, &ids).await?;
    let passed = passed(db, &ids).await?;
    let lasts = lasts(db, group.id).await?;
    let mut requests = requests(db, group.id).await?;
    let mut names: HashMap<Uuid, Named> =
        kept.iter().map(|one| (one.role.membership_id, named(one.role.account_id, &one.person))).collect();
    names.extend(members.iter().map(|one| (one.seat.id, named(one.seat.account_id, &one.person))));
    let members: Vec<_> = members.into_iter().map(|one| one.seat).collect();
    requests.retain(|request| members.iter().any(|member| member.id == request.membership_id));
    let kept_at = |id: Uuid| -> Vec<Holder> {
        let of = kept.iter().map(|one| &one.role).filter(|role| role.meeting_id == id);
        of.map(|one| Holder { membership_id: one.membership_id, role: one.role, source: one.source }).collect()
    };
    let format = group.consultation_format.as_deref().and_then(find);
    let plan = |(one, is_far): &(Occurrence, bool)| Planned {
        meeting_id: one.id,
        starts_at: one.starts_at,
        has_begun: has_begun(one, now),
        is_fact: facts.contains(&one.id),
        is_far: *is_far,
        slots: presenter_slots(format, one.duration_minutes),
        kept: kept_at(one.id),
        declined: declined.iter().filter(|(meeting, _)| *meeting == one.id).map(|(_, who)| *who).collect(),
        passed: passed.iter().filter(|(meeting, ..)| *meeting == one.id).map(|(_, role, who)| (*role, *who)).collect(),
    };
    let asked = |request: &presenter_request::Model| Asked {
        request_id: request.id,
        membership_id: request.membership_id,
        urgent: request.urgent,
        asked_at: request.asked_at,
    };
    let course = Course {
        members,
        lasts,
        queue: requests.iter().map(asked).collect(),
        meetings: planned.iter().map(plan).collect(),
        now,
    };
    let of_past = |one: &Occurrence| match one.stored_status() {
        StoredMeetingStatus::Held => Roles::written(one.id, Basis::Fact, &kept_at(one.id)),
        _ => Roles::written(one.id, Basis::CalledOff, &[]),
    };
    let (forecast, over_roles) = (course.forecast(), over.iter().map(of_past).collect());
    let occurrences = planned.into_iter().map(|(one, _)| one).chain(over).map(|one| (one.id, one)).collect();
    Ok(Loaded { course, forecast, over: over_roles, requests, occurrences, names })
}

fn has_begun(one: &Occurrence, now: DateTime<Utc>) -> bool {
    one.starts_at <= now || one.stored_status() == StoredMeetingStatus::InProgress
}

/// Meetings that are to come or not recorded yet, each with whether it lies too far ahead; and those that are over.
async fn meetings(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    include: &[&Occurrence],
    now: DateTime<Utc>,
) -> Result<(Vec<(Occurrence, bool)>, Vec<Occurrence>)> {
    let to = now.checked_add_days(Days::new(AHEAD)).unwrap_or(now);
    let mut found =
        schedule::store::occurrences(db, schedule::store::of_group(group_id), now - RECORDING_DAYS, to).await?;
    let ahead = found.partition_point(|one| one.starts_at <= now);
    found.truncate(ahead + LOOKED_UP);
    let missing = include.iter().filter(|one| !found.iter().any(|known| known.id == one.id));
    let missing: Vec<_> = missing.map(|one| (*one).clone()).collect();
    let near: HashSet<Uuid> = found.iter().map(|one| one.id).collect();
    let mut found = schedule::store::with_rows(db, found.into_iter().chain(missing).collect()).await?;
    found.sort_by_key(|one| (one.starts_at, one.id));
    let (mut planned, mut over, mut ahead) = (Vec::new(), Vec::new(), 0);
    for one in found {
        let included = include.iter().any(|wanted| wanted.id == one.id);
        match one.status_at(0, 0, now) {
            MeetingStatus::Held | MeetingStatus::Cancelled | MeetingStatus::Unrecorded if included => over.push(one),
            MeetingStatus::Held | MeetingStatus::Cancelled | MeetingStatus::Unrecorded => {}
            _ if has_begun(&one, now) => planned.push((one, false)),
            _ if ahead < HORIZON && near.contains(&one.id) => {
                ahead += 1;
                planned.push((one, false));
            }
            _ if included => planned.push((one, true)),
            _ => {}
        }
    }
    Ok((planned, over))
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "membership::Entity")]
pub(super) struct Member {
    #[sea_orm(nested)]
    pub seat: membership::Model,
    #[sea_orm(nested)]
    pub person: Person,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "meeting_role::Entity")]
struct Kept {
    #[sea_orm(nested)]
    role: meeting_role::Model,
    #[sea_orm(nested)]
    person: Person,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub(super) struct Person {
    pub display_name: String,
}

fn named(account_id: Uuid, person: &Person) -> Named {
    Named { account_id, display_name: person.display_name.clone() }
}

/// Everybody who has a place, present or not.
pub(super) async fn members(db: &impl ConnectionTrait, group_id: Uuid) -> Result<Vec<Member>> {
    let placed = membership::Entity::find()
        .inner_join(account::Entity)
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::COLUMN.status.is_in(MembershipStatus::PLACED))
        .into_partial_model::<Member>();
    Ok(placed.all(db).await?)
}

async fn kept(db: &impl ConnectionTrait, meetings: &[Uuid]) -> Result<Vec<Kept>> {
    let kept = meeting_role::Entity::find()
        .inner_join(account::Entity)
        .filter(meeting_role::COLUMN.meeting_id.is_in(meetings.to_vec()))
        .into_partial_model::<Kept>();
    let mut kept = kept.all(db).await?;
    kept.sort_by_key(|one| (one.role.created_at, one.role.membership_id));
    Ok(kept)
}

async fn facts(db: &impl ConnectionTrait, meetings: &[Uuid]) -> Result<HashSet<Uuid>> {
    let frozen = role_freeze::Entity::find().filter(role_freeze::COLUMN.meeting_id.is_in(meetings.to_vec()));
    Ok(frozen.all(db).await?.into_iter().map(|row| row.meeting_id).collect())
}

/// Who said no to which meeting, for the time at which it is now.
async fn declined(db: &impl ConnectionTrait, meetings: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let no = meeting_answer::Entity::find()
        .select_only()
        .columns([meeting_answer::Column::MeetingId, meeting_answer::Column::MembershipId])
        .inner_join(meeting::Entity)
        .filter(meeting_answer::COLUMN.meeting_id.is_in(meetings.to_vec()))
        .filter(meeting_answer::COLUMN.answer.eq(Answer::No))
        .filter(
            Expr::col((meeting_answer::Entity, meeting_answer::Column::AnsweredFor))
                .equals((meeting::Entity, meeting::Column::StartsAt)),
        )
        .into_tuple();
    Ok(no.all(db).await?)
}

/// Who has passed on which role at which meeting.
async fn passed(db: &impl ConnectionTrait, meetings: &[Uuid]) -> Result<Vec<(Uuid, MeetingRole, Uuid)>> {
    let swaps = role_swap::Entity::find()
        .filter(role_swap::COLUMN.status.eq(StoredSwapStatus::Accepted))
        .filter(
            Condition::any()
                .add(role_swap::COLUMN.meeting_id.is_in(meetings.to_vec()))
                .add(role_swap::COLUMN.exchange_meeting_id.is_in(meetings.to_vec())),
        )
        .all(db)
        .await?;
    let both = |swap: role_swap::Model| {
        let given = (swap.meeting_id, swap.role, swap.from_membership_id);
        let taken = swap.exchange_meeting_id.map(|id| (id, swap.role, swap.with_membership_id));
        [Some(given), taken]
    };
    Ok(swaps.into_iter().flat_map(both).flatten().collect())
}

/// When each member last led and last presented, at meetings that were held.
pub(super) async fn lasts(db: &impl ConnectionTrait, group_id: Uuid) -> Result<HashMap<Uuid, Lasts>> {
    let starts_at = Expr::col((meeting::Entity, meeting::Column::StartsAt));
    let found: Vec<(Uuid, MeetingRole, Option<DateTime<Utc>>)> = meeting_role::Entity::find()
        .select_only()
        .columns([meeting_role::Column::MembershipId, meeting_role::Column::Role])
        .column_as(starts_at.max(), "last_at")
        .inner_join(meeting::Entity)
        .filter(meeting::COLUMN.consultation_group_id.eq(group_id))
        .filter(meeting::COLUMN.status.eq(StoredMeetingStatus::Held))
        .group_by(meeting_role::Column::MembershipId)
        .group_by(meeting_role::Column::Role)
        .into_tuple()
        .all(db)
        .await?;
    let mut lasts: HashMap<Uuid, Lasts> = HashMap::new();
    for (membership_id, role, last_at) in found {
        let last = lasts.entry(membership_id).or_default();
        match role {
            MeetingRole::Facilitator => last.facilitated_at = last_at,
            MeetingRole::Presenter => last.presented_at = last_at,
        }
    }
    Ok(lasts)
}

/// The requests that have not been presented: one whose meeting came to nothing waits again.
async fn requests(db: &impl ConnectionTrait, group_id: Uuid) -> Result<Vec<presenter_request::Model>> {
    let open = presenter_request::Entity::find()
        .left_join(meeting::Entity)
        .filter(presenter_request::COLUMN.consultation_group_id.eq(group_id))
        .filter(presenter_request::COLUMN.status.eq(StoredRequestStatus::Waiting))
        .filter(
            Condition::any()
                .add(presenter_request::COLUMN.meeting_id.is_null())
                .add(meeting::COLUMN.status.ne(StoredMeetingStatus::Held)),
        );
    Ok(open.all(db).await?)
}
