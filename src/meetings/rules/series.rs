//! A series as it is made, changed and ended. Each change adds a rule and leaves those of the past alone.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::Refusal;
use crate::{
    entities::meeting_series::{self, LocalTimes, StoredRule, StoredRules},
    recurrence::{
        Rule,
        zone::{instant_of, write_local, zone_of},
    },
    schedule::rules::{bounds, key_of},
};

/// What of a series is to be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub title: Option<Option<String>>,
    pub starts: Option<NaiveDateTime>,
    pub zone: Option<Tz>,
    pub rrule: Option<String>,
    pub exdates: Option<Vec<NaiveDateTime>>,
    pub duration_minutes: Option<i64>,
    pub place: Option<Option<String>>,
    pub join_url: Option<Option<String>>,
}

impl Change {
    /// Whether it says more than what the series is called and which meetings are left out.
    fn is_of_rule(&self) -> bool {
        let names = Self { title: self.title.clone(), exdates: self.exdates.clone(), ..Self::default() };
        *self != names
    }
}

/// A series, or a single meeting where `first` has no rule.
///
/// # Errors
/// When it starts in the past, or its rule does not give its start.
pub fn new_series(
    group_id: Uuid,
    creator: Uuid,
    title: Option<String>,
    first: StoredRule,
    exdates: Vec<NaiveDateTime>,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model, Refusal> {
    let id = Uuid::now_v7();
    let first = checked(first, now)?;
    let rules = vec![first];
    check_exdates(&rules, &exdates, &[])?;
    let (starts_at, ends_at) = bounds(&rules);
    Ok(meeting_series::Model {
        id,
        consultation_group_id: group_id,
        meeting_key: key_of(id),
        recurring: rules.iter().any(|rule| rule.rrule.is_some()),
        title,
        rules: StoredRules(rules),
        exdates: LocalTimes(exdates),
        starts_at,
        ends_at,
        created_by: creator,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// The rule with its text in the one way of writing it.
fn checked(rule: StoredRule, now: DateTime<Utc>) -> Result<StoredRule, Refusal> {
    let zone = zone_of(&rule.time_zone);
    if instant_of(rule.starts, zone) <= now {
        return Err(Refusal::invalid("/starts_local", "in_the_past", "must lie in the future"));
    }
    let rrule = match &rule.rrule {
        None => None,
        Some(text) => {
            let parsed = Rule::parse(text, zone).map_err(Refusal::of_rule)?;
            parsed.check_start(rule.starts).map_err(Refusal::of_rule)?;
            Some(parsed.to_string())
        }
    };
    Ok(StoredRule { rrule, ..rule })
}

/// The series with `change` for the meetings whose original start is `from` or later; those before stay as they are.
///
/// # Errors
/// When the change would lie in the past or among earlier meetings, or its rule does not give its start.
pub fn revise(
    series: &meeting_series::Model,
    from: NaiveDateTime,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model, Refusal> {
    let title = change.title.clone().unwrap_or_else(|| series.title.clone());
    if !change.is_of_rule() {
        let exdates = exdates_from(series, &series.rules.0, from, change)?;
        return Ok(meeting_series::Model { title, exdates, ..series.clone() });
    }
    let holds = |rule: &&StoredRule| rule.from <= from && rule.until.is_none_or(|until| from < until);
    let Some(current) = series.rules.0.iter().find(holds) else {
        return Err(Refusal::invalid("/starts_local", "out_of_range", "must belong to a meeting of the series"));
    };
    let zone = zone_of(&current.time_zone);
    let parsed = current.rrule.as_deref().and_then(|text| Rule::parse(text, zone).ok());
    let before =
        parsed.as_ref().map(|rule| rule.starts_between(current.starts, current.from, from)).unwrap_or_default();
    let starts = change.starts.unwrap_or(from);
    if before.last().is_some_and(|previous| starts <= *previous) {
        let detail = "must lie after the meeting of the series before it";
        return Err(Refusal::invalid("/starts_local", "out_of_range", detail));
    }
    let rrule = match (&change.rrule, &parsed) {
        (Some(text), _) if series.recurring => Some(text.clone()),
        (Some(_), _) => {
            let detail = "must be left out: this is a single meeting; plan a series instead";
            return Err(Refusal::invalid("/rrule", "not_recurring", detail));
        }
        (None, Some(rule)) => Some(rule.after(before.len()).moved(from.date(), starts.date()).to_string()),
        (None, None) => None,
    };
    let boundary = from.min(starts);
    let next = StoredRule {
        from: boundary,
        until: None,
        starts,
        time_zone: change.zone.map_or_else(|| current.time_zone.clone(), |zone| zone.name().to_owned()),
        rrule,
        duration_minutes: change.duration_minutes.unwrap_or(current.duration_minutes),
        place: change.place.clone().unwrap_or_else(|| current.place.clone()),
        join_url: change.join_url.clone().unwrap_or_else(|| current.join_url.clone()),
    };
    let next = checked(next, now)?;
    let mut rules = kept_before(series, boundary);
    rules.push(next);
    let (starts_at, ends_at) = bounds(&rules);
    Ok(meeting_series::Model {
        title,
        exdates: exdates_from(series, &rules, boundary, change)?,
        rules: StoredRules(rules),
        starts_at: series.starts_at.min(starts_at),
        // Meetings that were moved may lie after its last one.
        ends_at,
        ..series.clone()
    })
}

/// What is left out: as it was before `from`, and as the change has it after.
fn exdates_from(
    series: &meeting_series::Model,
    rules: &[StoredRule],
    from: NaiveDateTime,
    change: &Change,
) -> Result<LocalTimes, Refusal> {
    let Some(wanted) = &change.exdates else { return Ok(series.exdates.clone()) };
    check_exdates(rules, wanted, &series.exdates.0)?;
    let past = series.exdates.0.iter().filter(|exdate| **exdate < from);
    Ok(LocalTimes(past.chain(wanted.iter().filter(|exdate| **exdate >= from)).copied().collect()))
}

/// Only what a rule gives can be left out, or what was left out before.
fn check_exdates(rules: &[StoredRule], wanted: &[NaiveDateTime], known: &[NaiveDateTime]) -> Result<(), Refusal> {
    let gives = |at: NaiveDateTime| {
        rules.iter().any(|rule| match &rule.rrule {
            None => rule.starts == at,
            Some(text) => Rule::parse(text, zone_of(&rule.time_zone))
                .is_ok_and(|parsed| parsed.starts_between(rule.starts, at, at + TimeDelta::minutes(1)).contains(&at)),
        })
    };
    match wanted.iter().find(|at| !known.contains(at) && !gives(**at)) {
        None => Ok(()),
        Some(at) => {
            let detail = format!("must be starts that the rule gives; {} is none", write_local(*at));
            Err(Refusal::invalid("/exdates", "not_an_occurrence", detail))
        }
    }
}

/// What holds for the meetings whose original start lies before `boundary`, if there are any.
fn kept_before(series: &meeting_series::Model, boundary: NaiveDateTime) -> Vec<StoredRule> {
    let gives_any = |rule: &StoredRule| match &rule.rrule {
        None => (rule.from..boundary).contains(&rule.starts),
        Some(text) => Rule::parse(text, zone_of(&rule.time_zone)).is_ok_and(|parsed| {
            let until = rule.until.map_or(boundary, |until| until.min(boundary));
            !parsed.starts_between(rule.starts, rule.from, until).is_empty()
        }),
    };
    let kept = series.rules.0.iter().filter(|rule| rule.from < boundary && gives_any(rule)).cloned();
    kept.map(|rule| StoredRule { until: Some(rule.until.map_or(boundary, |until| until.min(boundary))), ..rule })
        .collect()
}

/// The series without its meetings whose original start is `from` or later; nothing where none would be left.
pub fn cut(series: &meeting_series::Model, from: NaiveDateTime) -> Option<meeting_series::Model> {
    let rules = kept_before(series, from);
    let ends_at = bounds(&rules).1;
    (!rules.is_empty()).then(|| meeting_series::Model { rules: StoredRules(rules), ends_at, ..series.clone() })
}
