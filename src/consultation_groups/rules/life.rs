//! Where a group stands in its life, and one function for each change of it.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Standing;
use crate::entities::consultation_group::{self, GroupPurpose, StoredGroupStatus};

/// The smallest group, the largest, and the largest of those that share an interest or study together.
pub const SMALLEST: i64 = 2;
pub const LARGEST: i64 = 12;
pub const LARGEST_CIRCLE: i64 = 30;
/// A group without a meeting for this many cadences is dormant.
const CADENCES: i64 = 3;
/// For how long a group is left in peace after its members asked for it, or after a pause.
const PATIENCE: TimeDelta = TimeDelta::days(14);
/// How long a pause may last.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(90);

const BY_OWNER: &str = "an owner may do this";
const BY_MEMBER: &str = "a member may do this";

/// Where a group stands in its life. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupStatus {
    /// Seen by its founder alone.
    Draft,
    /// Gathers its members.
    Forming,
    /// Meets.
    Active,
    /// Rests until `paused_until`.
    Paused,
    /// Has not met for three cadences. Any member may revive it.
    Dormant,
    /// Read-only.
    Archived,
    /// Ended; its texts are gone.
    Dissolved,
}

impl GroupStatus {
    /// As it goes over the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Forming => "forming",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Dormant => "dormant",
            Self::Archived => "archived",
            Self::Dissolved => "dissolved",
        }
    }

    /// Whether seats are given away.
    pub fn takes_people(self) -> bool {
        matches!(self, Self::Forming | Self::Active)
    }

    /// Whether what belongs to it may still change.
    pub fn goes_on(self) -> bool {
        !matches!(self, Self::Archived | Self::Dissolved)
    }
}

/// The status at `now`. A pause ends by itself after its last day; a group that shows no life becomes dormant by itself.
pub fn status_at(group: &consultation_group::Model, now: DateTime<Utc>) -> GroupStatus {
    use StoredGroupStatus::{Active, Archived, Dissolved, Draft, Forming, Paused};
    let dormant = group.dormant_at.is_some_and(|at| at <= now);
    let rested = group.paused_until.is_some_and(|until| until < now.date_naive());
    match group.status {
        Draft => GroupStatus::Draft,
        Archived => GroupStatus::Archived,
        Dissolved => GroupStatus::Dissolved,
        Forming | Active | Paused if dormant => GroupStatus::Dormant,
        Forming => GroupStatus::Forming,
        Paused if !rested => GroupStatus::Paused,
        Active | Paused => GroupStatus::Active,
    }
}

/// Why a change of a group is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's standing does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The change does not start from this status.
    WrongState(GroupStatus),
    /// Something is missing before the change can be made.
    Incomplete(Vec<(&'static str, &'static str)>),
    /// A member of the body is not as it must be.
    Invalid { pointer: &'static str, code: &'static str, detail: String },
    /// So many active members are needed.
    TooFew(i64),
}

/// A change of status that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Publish,
    Activate,
    /// Through this day.
    Pause(NaiveDate),
    Resume,
    Keep,
    Revive,
    Archive,
    /// With the name of the group, typed again.
    Dissolve(String),
}

impl Change {
    /// As the audit trail says it.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Publish => "consultation_group.publish",
            Self::Activate => "consultation_group.activate",
            Self::Pause(_) => "consultation_group.pause",
            Self::Resume => "consultation_group.resume",
            Self::Keep => "consultation_group.keep",
            Self::Revive => "consultation_group.revive",
            Self::Archive => "consultation_group.archive",
            Self::Dissolve(_) => "consultation_group.dissolve",
        }
    }
}

/// What a decision about a group rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub group: &'a consultation_group::Model,
    pub actor: &'a Standing,
    /// Members who are active now.
    pub active_members: i64,
    /// Somebody who holds a place owns it.
    pub has_owner: bool,
    pub now: DateTime<Utc>,
}

/// The group after `change`.
pub fn after(case: &Case, change: &Change) -> Result<consultation_group::Model, Refusal> {
    use GroupStatus::{Active, Archived, Dormant, Draft, Forming, Paused};
    let (group, actor, now) = (case.group, case.actor, case.now);
    let next = consultation_group::Model { paused_until: None, ..group.clone() };
    // Nobody is anything to a group that is gone: that it is, is the answer.
    if group.status == StoredGroupStatus::Dissolved {
        return Err(Refusal::WrongState(GroupStatus::Dissolved));
    }
    match change {
        Change::Publish => {
            by(actor.owns(), BY_OWNER)?;
            from(case, &[Draft])?;
            let missing = [
                ("/description", group.description.is_none(), "must be given before the group is published"),
                ("/agreement_number", group.agreement_number.is_none(), "an agreement must be published first"),
            ];
            let missing: Vec<_> =
                missing.iter().filter(|(_, lacks, _)| *lacks).map(|(at, _, why)| (*at, *why)).collect();
            match missing.is_empty() {
                true => Ok(alive(consultation_group::Model { status: StoredGroupStatus::Forming, ..next }, now)),
                false => Err(Refusal::Incomplete(missing)),
            }
        }
        Change::Activate => {
            by(actor.owns(), BY_OWNER)?;
            from(case, &[Forming])?;
            match case.active_members >= group.min_size {
                true => Ok(alive(consultation_group::Model { status: StoredGroupStatus::Active, ..next }, now)),
                false => Err(Refusal::TooFew(group.min_size)),
            }
        }
        Change::Pause(until) => {
            by(actor.owns(), BY_OWNER)?;
            from(case, &[Active])?;
            let (today, last) = (now.date_naive(), now.date_naive() + LONGEST_PAUSE);
            if *until <= today || *until > last {
                let detail = format!("must be after {today} and not after {last}");
                return Err(Refusal::Invalid { pointer: "/until", code: "out_of_range", detail });
            }
            let over = until.checked_add_days(Days::new(1)).unwrap_or(*until).and_time(NaiveTime::MIN).and_utc();
            let paused = StoredGroupStatus::Paused;
            Ok(kept(consultation_group::Model { status: paused, paused_until: Some(*until), ..next }, over + PATIENCE))
        }
        Change::Resume => {
            by(actor.owns(), BY_OWNER)?;
            from(case, &[Paused])?;
            Ok(alive(consultation_group::Model { status: StoredGroupStatus::Active, ..next }, now))
        }
        Change::Keep => {
            by(actor.is_member(), BY_MEMBER)?;
            from(case, &[Forming, Active, Paused])?;
            Ok(kept(group.clone(), now + PATIENCE))
        }
        Change::Revive => {
            by(actor.is_member(), BY_MEMBER)?;
            from(case, &[Dormant])?;
            let status = match group.status {
                StoredGroupStatus::Paused => StoredGroupStatus::Active,
                status => status,
            };
            Ok(alive(consultation_group::Model { status, ..next }, now))
        }
        Change::Archive => {
            by(actor.owns(), BY_OWNER)?;
            from(case, &[Draft, Forming, Active, Paused, Dormant])?;
            Ok(consultation_group::Model { status: StoredGroupStatus::Archived, ..next })
        }
        Change::Dissolve(name) => {
            by(
                actor.owns() || actor.moderates && !case.has_owner,
                "an owner may do this, or a moderator when the group has none",
            )?;
            from(case, &[Draft, Forming, Active, Paused, Dormant, Archived])?;
            if *name != group.name {
                let detail = "must be the name of the group, letter by letter".into();
                return Err(Refusal::Invalid { pointer: "/confirm_name", code: "not_the_name", detail });
            }
            Ok(purged(consultation_group::Model { status: StoredGroupStatus::Dissolved, ..next }))
        }
    }
}

/// The group after a meeting at `met_at` that was held. One that was forming and is large enough has begun.
pub fn met(group: &consultation_group::Model, active_members: i64, met_at: DateTime<Utc>) -> consultation_group::Model {
    let begins = group.status == StoredGroupStatus::Forming && active_members >= group.min_size;
    let status = if begins { StoredGroupStatus::Active } else { group.status };
    let next = consultation_group::Model { status, ..group.clone() };
    alive(next, group.alive_at.map_or(met_at, |alive_at| alive_at.max(met_at)))
}

/// Shows life at `now`.
fn alive(group: consultation_group::Model, now: DateTime<Utc>) -> consultation_group::Model {
    with_dormancy(consultation_group::Model { alive_at: Some(now), ..group })
}

/// Is left in peace until `until`.
fn kept(group: consultation_group::Model, until: DateTime<Utc>) -> consultation_group::Model {
    with_dormancy(consultation_group::Model { kept_until: group.kept_until.max(Some(until)), ..group })
}

/// The group with the moment from which on it is dormant: three cadences after it last showed life, but not while its
/// members asked for patience.
pub fn with_dormancy(group: consultation_group::Model) -> consultation_group::Model {
    let quiet = group.alive_at.map(|alive_at| alive_at + TimeDelta::days(CADENCES * group.cadence_days));
    consultation_group::Model { dormant_at: quiet.map(|quiet| quiet.max(group.kept_until.unwrap_or(quiet))), ..group }
}

/// Without the texts of its members. What counts and what proves (numbers, hashes) stays.
fn purged(group: consultation_group::Model) -> consultation_group::Model {
    consultation_group::Model {
        description: None,
        join_questions: Default::default(),
        availability: Default::default(),
        city: None,
        search_text: String::new(),
        matching_key: String::new(),
        ..group
    }
}

/// How many members a group of this purpose can have.
fn largest(purpose: GroupPurpose) -> i64 {
    match purpose {
        GroupPurpose::Interest | GroupPurpose::Study => LARGEST_CIRCLE,
        _ => LARGEST,
    }
}

/// What is wrong with the sizes of a group, by member. `taken` seats cannot be taken away.
pub fn size_faults(group: &consultation_group::Model, taken: i64) -> Vec<(&'static str, &'static str, String)> {
    let mut faults = Vec::new();
    let largest = largest(group.purpose);
    if !(SMALLEST..=largest).contains(&group.max_size) {
        let detail = format!("must be between {SMALLEST} and {largest} for this purpose");
        faults.push(("/max_size", "out_of_range", detail));
    } else if group.max_size < taken {
        faults.push(("/max_size", "seats_taken", format!("must not be below the {taken} seats that are taken")));
    }
    if !(SMALLEST..=group.max_size.max(SMALLEST)).contains(&group.min_size) {
        faults.push(("/min_size", "out_of_range", format!("must be between {SMALLEST} and max_size")));
    }
    if !(SMALLEST..=group.max_size.max(SMALLEST)).contains(&group.quorum) {
        faults.push(("/quorum", "out_of_range", format!("must be between {SMALLEST} and max_size")));
    }
    faults
}

fn by(allowed: bool, who: &'static str) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::NotAllowed(who)) }
}

fn from(case: &Case, statuses: &[GroupStatus]) -> Result<(), Refusal> {
    let status = status_at(case.group, case.now);
    if statuses.contains(&status) { Ok(()) } else { Err(Refusal::WrongState(status)) }
}
