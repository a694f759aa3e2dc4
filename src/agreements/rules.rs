//! Who may write and publish an agreement, what its hash is taken over, what changed from one version to the next, and
//! the clauses that ship.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    consultation_groups::rules::{GroupStatus, Standing, status_at},
    entities::{
        agreement::{self, StoredClause, StoredClauses},
        consultation_group,
    },
};

/// How far ahead a version may take effect.
const FARTHEST: TimeDelta = TimeDelta::days(90);

/// Whether an agreement can still be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicationStatus {
    /// Seen and changed by the owners of the group alone.
    Draft,
    /// Has a number and a hash, and never changes.
    Published,
}

/// Where an agreement stands.
pub fn status(agreement: &agreement::Model) -> PublicationStatus {
    match agreement.number {
        None => PublicationStatus::Draft,
        Some(_) => PublicationStatus::Published,
    }
}

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's standing does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// It is published, and stays as it is.
    Published,
    /// The group is not in a state that goes with it.
    GroupIs(GroupStatus),
    /// `effective_from` lies before the first day or after the last one.
    EffectiveFrom(NaiveDate, NaiveDate),
}

/// Whether somebody who sees the card of the group sees this agreement: drafts are for owners.
pub fn is_visible(agreement: &agreement::Model, standing: &Standing) -> bool {
    standing.owns() || standing.account_id.is_some() && status(agreement) == PublicationStatus::Published
}

/// Who signed, and who wrote it, tells who sits in the group: that is for those who may read its roster.
pub fn sees_people(standing: &Standing) -> bool {
    standing.sees_roster()
}

/// Whoever belongs to the group, or did when it was dissolved, takes a copy along: candidates and restricted members too.
pub fn may_export(standing: &Standing) -> bool {
    standing.seat.is_some() || standing.was_there
}

/// Writes a draft.
pub fn may_draft(group: &consultation_group::Model, actor: &Standing, now: DateTime<Utc>) -> Result<(), Refusal> {
    if !actor.owns() {
        return Err(Refusal::NotAllowed("an owner of the group may do this"));
    }
    match status_at(group, now) {
        status if status.goes_on() => Ok(()),
        status => Err(Refusal::GroupIs(status)),
    }
}

/// What a decision about an agreement rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub agreement: &'a agreement::Model,
    pub group: &'a consultation_group::Model,
    pub actor: &'a Standing,
    pub now: DateTime<Utc>,
}

/// Changes or deletes it while it is a draft.
pub fn may_change(case: &Case) -> Result<(), Refusal> {
    may_draft(case.group, case.actor, case.now)?;
    match status(case.agreement) {
        PublicationStatus::Draft => Ok(()),
        PublicationStatus::Published => Err(Refusal::Published),
    }
}

/// The draft as the next version of its group; its hash is still to be taken. The first version is material: nobody has
/// signed one before.
pub fn published(case: &Case, effective_from: Option<NaiveDate>) -> Result<agreement::Model, Refusal> {
    may_change(case)?;
    let today = case.now.date_naive();
    let effective_from = effective_from.unwrap_or(today);
    if !(today..=today + FARTHEST).contains(&effective_from) {
        return Err(Refusal::EffectiveFrom(today, today + FARTHEST));
    }
    let number = case.group.agreement_number.unwrap_or(0) + 1;
    Ok(agreement::Model {
        number: Some(number),
        material: case.agreement.material || number == 1,
        effective_from: Some(effective_from),
        published_by: case.actor.account_id,
        published_at: Some(case.now),
        ..case.agreement.clone()
    })
}

/// From when the time to sign a version runs: from the first moment of its day, but not before it was published.
pub fn to_be_signed_from(effective_from: NaiveDate, now: DateTime<Utc>) -> DateTime<Utc> {
    effective_from.and_time(NaiveTime::MIN).and_utc().max(now)
}

/// What the hash is taken over. Names and types of members are part of the promise: they never change.
#[derive(Serialize)]
struct Hashed<'a> {
    consultation_group_id: Uuid,
    number: i64,
    material: bool,
    effective_from: NaiveDate,
    clauses: &'a StoredClauses,
}

/// The canonical JSON (RFC 8785) of a published version. None for a draft, and where the text was erased when the group
/// was dissolved.
pub fn canonical(agreement: &agreement::Model) -> Option<String> {
    let hashed = Hashed {
        consultation_group_id: agreement.consultation_group_id,
        number: agreement.number?,
        material: agreement.material,
        effective_from: agreement.effective_from?,
        clauses: Some(&agreement.clauses).filter(|clauses| !clauses.0.is_empty())?,
    };
    serde_json_canonicalizer::to_string(&hashed).ok()
}

/// What changed from one version to the next, by the keys of clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// In both, with another title or body.
    pub changed: Vec<String>,
    /// Those in both do not stand in the same order.
    pub reordered: bool,
}

/// What changed from `before` to `after`.
pub fn changes(before: &[StoredClause], after: &[StoredClause]) -> Changes {
    let find = |list: &'_ [StoredClause], key: &str| list.iter().position(|clause| clause.key == key);
    let only_in = |list: &[StoredClause], other: &[StoredClause]| -> Vec<String> {
        list.iter().filter(|clause| find(other, &clause.key).is_none()).map(|clause| clause.key.clone()).collect()
    };
    let kept: Vec<(&StoredClause, usize)> =
        after.iter().filter_map(|clause| Some((clause, find(before, &clause.key)?))).collect();
    let differs = |(clause, at): &&(&StoredClause, usize)| before.get(*at) != Some(clause);
    Changes {
        added: only_in(after, before),
        removed: only_in(before, after),
        changed: kept.iter().filter(differs).map(|(clause, _)| clause.key.clone()).collect(),
        reordered: !kept.is_sorted_by_key(|(_, at)| *at),
    }
}

/// The clauses that ship, to start an agreement from, in the order in which to offer them.
pub fn library() -> &'static [StoredClause] {
    static LIBRARY: LazyLock<Vec<StoredClause>> = LazyLock::new(|| {
        // A test reads the file, so that it is never empty.
        serde_json::from_str(include_str!("../../reference/agreement_clauses.json")).unwrap_or_default()
    });
    &LIBRARY
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;
    use crate::{
        agreements::schema::AgreementClause,
        consultation_groups::rules::{Seat, samples::group},
        crypto::sha256_hex,
        entities::{
            consultation_group::StoredGroupStatus,
            membership::{MembershipRole, MembershipStatus, samples::now},
        },
    };
    use MembershipRole::{Facilitator, Member, Owner};
    use MembershipStatus::{Active, AwaitingSignature, OnLeave, Suspended};

    fn clause(key: &str, body: &str) -> StoredClause {
        StoredClause { key: key.into(), title: key.to_uppercase(), body: body.into() }
    }

    fn clauses(list: &[(&str, &str)]) -> Vec<StoredClause> {
        list.iter().map(|(key, body)| clause(key, body)).collect()
    }

    fn draft() -> agreement::Model {
        agreement::Model {
            id: Uuid::from_u128(50),
            consultation_group_id: group().id,
            number: None,
            clauses: StoredClauses(clauses(&[("a", "One.")])),
            material: false,
            effective_from: None,
            sha256: None,
            created_by: Uuid::from_u128(1),
            published_by: None,
            published_at: None,
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn version(number: i64) -> agreement::Model {
        let effective_from = Some(now().date_naive());
        agreement::Model { number: Some(number), effective_from, published_at: Some(now()), ..draft() }
    }

    fn signed_in() -> Standing {
        Standing { account_id: Some(Uuid::from_u128(1)), ..Standing::default() }
    }

    fn seated(role: MembershipRole, status: MembershipStatus, overdue: bool) -> Standing {
        Standing { seat: Some(Seat { role, status, overdue }), ..signed_in() }
    }

    fn owner() -> Standing {
        seated(Owner, Active, false)
    }

    #[test]
    fn who_may_do_what() {
        let moderator = Standing { moderates: true, ..signed_in() };
        // who; sees a draft, sees a published one, sees people, exports, writes
        for (name, standing, expected) in [
            ("anonymous", Standing::default(), "....."),
            ("signed in", signed_in(), ".v..."),
            ("about to sign", seated(Member, AwaitingSignature, false), ".v.e."),
            ("member", seated(Member, Active, false), ".vpe."),
            ("member on leave", seated(Member, OnLeave, false), ".vpe."),
            ("member who has not signed", seated(Member, Active, true), ".v.e."),
            ("suspended member", seated(Member, Suspended, false), ".v.e."),
            ("facilitator", seated(Facilitator, Active, false), ".vpe."),
            ("owner", owner(), "dvpew"),
            ("owner who has not signed", seated(Owner, Active, true), ".v.e."),
            ("owner on leave", seated(Owner, OnLeave, false), ".vpe."),
            ("steward of its organization", Standing { runs_organization: true, ..signed_in() }, ".v..."),
            ("moderator", moderator, ".v..."),
            ("moderator on report", Standing { before_moderators: true, ..moderator }, ".vp.."),
            ("member when it was dissolved", Standing { was_there: true, ..signed_in() }, ".v.e."),
        ] {
            let flags = [
                ('d', is_visible(&draft(), &standing)),
                ('v', is_visible(&version(1), &standing)),
                ('p', sees_people(&standing)),
                ('e', may_export(&standing)),
                ('w', may_draft(&group(), &standing, now()).is_ok()),
            ];
            let shown: String = flags.iter().map(|(flag, set)| if *set { *flag } else { '.' }).collect();
            assert_eq!(shown, expected, "{name}");
        }
    }

    #[test]
    fn drafts_change_while_the_group_goes_on_and_published_ones_never() {
        use StoredGroupStatus::{Archived, Dissolved, Draft, Forming};
        let not_allowed = Refusal::NotAllowed("an owner of the group may do this");
        for (status, agreement, actor, expected) in [
            (Draft, draft(), owner(), Ok(())),
            (Forming, draft(), owner(), Ok(())),
            (Forming, version(1), owner(), Err(Refusal::Published)),
            (Forming, version(1), seated(Member, Active, false), Err(not_allowed.clone())),
            (Archived, draft(), owner(), Err(Refusal::GroupIs(GroupStatus::Archived))),
            (Archived, version(1), owner(), Err(Refusal::GroupIs(GroupStatus::Archived))),
            (Dissolved, draft(), owner(), Err(Refusal::GroupIs(GroupStatus::Dissolved))),
            (Dissolved, draft(), signed_in(), Err(not_allowed)),
        ] {
            let group = consultation_group::Model { status, ..group() };
            let case = Case { agreement: &agreement, group: &group, actor: &actor, now: now() };
            assert_eq!(may_change(&case), expected, "{status:?} {:?}", agreement.number);
            assert_eq!(published(&case, None).map(drop), expected, "{status:?} {:?}", agreement.number);
        }
    }

    #[test]
    fn versions_are_counted_and_the_first_is_material() {
        for (held, material, number, becomes) in
            [(None, false, 1, true), (None, true, 1, true), (Some(1), false, 2, false), (Some(7), true, 8, true)]
        {
            let group = consultation_group::Model { agreement_number: held, ..group() };
            let draft = agreement::Model { material, ..draft() };
            let next =
                published(&Case { agreement: &draft, group: &group, actor: &owner(), now: now() }, None).unwrap();
            assert_eq!((next.number, next.material), (Some(number), becomes), "{held:?} {material}");
            assert_eq!((next.published_by, next.published_at), (owner().account_id, Some(now())));
            assert_eq!(next.effective_from, Some(now().date_naive()));
        }
    }

    #[test]
    fn a_version_takes_effect_today_or_within_ninety_days() {
        let (draft, group) = (draft(), group());
        let case = Case { agreement: &draft, group: &group, actor: &owner(), now: now() };
        let today = now().date_naive();
        for (days, fine) in [(-1, false), (0, true), (1, true), (90, true), (91, false)] {
            let day = today + TimeDelta::days(days);
            let outcome = published(&case, Some(day));
            match fine {
                true => assert_eq!(outcome.unwrap().effective_from, Some(day)),
                false => assert_eq!(outcome, Err(Refusal::EffectiveFrom(today, today + TimeDelta::days(90)))),
            }
        }
        assert!(published(&case, Some(NaiveDate::MAX)).is_err());
    }

    #[test]
    fn the_time_to_sign_runs_from_the_day_but_not_from_before_publishing() {
        for (day, from) in [("2026-06-15", "2026-06-15T12:00:00Z"), ("2026-06-16", "2026-06-16T00:00:00Z")] {
            assert_eq!(to_be_signed_from(day.parse().unwrap(), now()), from.parse::<DateTime<Utc>>().unwrap(), "{day}");
        }
    }

    #[test]
    fn what_changed_is_told_by_keys() {
        type Version = &'static [(&'static str, &'static str)];
        const THREE: Version = &[("a", "1"), ("b", "2"), ("c", "3")];
        type Keys = &'static [&'static str];
        type Told = (Version, Version, Keys, Keys, Keys, bool);
        // before, after; added, removed, changed, reordered
        let cases: [Told; 9] = [
            (THREE, THREE, &[], &[], &[], false),
            (&[], THREE, &["a", "b", "c"], &[], &[], false),
            (THREE, &[], &[], &["a", "b", "c"], &[], false),
            (THREE, &[("a", "1"), ("b", "x"), ("c", "3")], &[], &[], &["b"], false),
            (THREE, &[("a", "1"), ("d", "4"), ("b", "2"), ("c", "3")], &["d"], &[], &[], false),
            (THREE, &[("a", "1"), ("c", "3")], &[], &["b"], &[], false),
            (THREE, &[("b", "2"), ("a", "1"), ("c", "3")], &[], &[], &[], true),
            (THREE, &[("c", "x"), ("d", "4"), ("a", "1")], &["d"], &["b"], &["c"], true),
            (THREE, &[("d", "4"), ("a", "1")], &["d"], &["b", "c"], &[], false),
        ];
        for (before, after, added, removed, changed, reordered) in cases {
            let expected = Changes {
                added: added.iter().map(ToString::to_string).collect(),
                removed: removed.iter().map(ToString::to_string).collect(),
                changed: changed.iter().map(ToString::to_string).collect(),
                reordered,
            };
            assert_eq!(changes(&clauses(before), &clauses(after)), expected, "{before:?} {after:?}");
        }
        let retitled = StoredClause { title: "Another".into(), ..clause("a", "1") };
        assert_eq!(changes(&[clause("a", "1")], &[retitled]).changed, ["a"]);
    }

    #[test]
    fn what_is_hashed_is_spelt_in_one_way_only() {
        let start = "{\"clauses\":[{\"body\":";
        let end = ",\"key\":\"a\",\"title\":\"A\"}],\"consultation_group_id\":\"00000000-0000-0000-0000-000000000028\",\
            \"effective_from\":\"2026-06-15\",\"material\":false,\"number\":1}";
        for (body, spelt, sha256) in [
            ("One.", "\"One.\"", "c3e75a0b0ebbf06d378df0384326da7a24f572ceb2e01aa823b8c81c6f253468"),
            (
                "Nähe – 近さ 🙂",
                "\"Nähe – 近さ 🙂\"",
                "f56f58113b785a184f0d2a0d47f04920a66d0a01b53b7884fde07ff80a0a60a1",
            ),
            (
                "a \"b\" \\ /",
                "\"a \\\"b\\\" \\\\ /\"",
                "73aef02f9991d1e5be3ee4e125446104f9841a5af21124728de41bf999866327",
            ),
            (
                "\u{1}\u{8}\t\n\u{c}\r\u{1f}\u{7f}",
                "\"\\u0001\\b\\t\\n\\f\\r\\u001f\u{7f}\"",
                "46faf4f7454e98ae0186b0eed3926ab07337f4534f9eb6d064326bc207a7b7ca",
            ),
            (
                "e\u{301} \u{2028}",
                "\"e\u{301} \u{2028}\"",
                "df25f214b5f582886700b86bf2f0cae429447c22db0a10b74b49b04ae4c4f64f",
            ),
        ] {
            let agreement = agreement::Model { clauses: StoredClauses(clauses(&[("a", body)])), ..version(1) };
            let canonical = canonical(&agreement).unwrap();
            assert_eq!(canonical, format!("{start}{spelt}{end}"));
            assert_eq!(sha256_hex(canonical.as_bytes()), sha256, "{body:?}");
        }
        let erased = agreement::Model { clauses: StoredClauses::default(), ..version(1) };
        assert_eq!((canonical(&draft()), canonical(&erased)), (None, None));
    }

    #[test]
    fn every_member_that_counts_changes_the_hash() {
        let base = canonical(&version(1)).unwrap();
        let tomorrow = now().date_naive() + TimeDelta::days(1);
        for (name, other) in [
            ("group", agreement::Model { consultation_group_id: Uuid::from_u128(41), ..version(1) }),
            ("number", version(2)),
            ("material", agreement::Model { material: true, ..version(1) }),
            ("effective_from", agreement::Model { effective_from: Some(tomorrow), ..version(1) }),
            ("clauses", agreement::Model { clauses: StoredClauses(clauses(&[("a", "Two.")])), ..version(1) }),
        ] {
            assert_ne!(canonical(&other).unwrap(), base, "{name}");
        }
        let signed = agreement::Model { version: 9, published_by: None, updated_at: now(), ..version(1) };
        assert_eq!(canonical(&signed).unwrap(), base);
    }

    #[test]
    fn the_library_is_complete_and_keeps_the_published_bounds() {
        let keys: Vec<&str> = library().iter().map(|clause| clause.key.as_str()).collect();
        let expected = [
            "not_supervision",
            "not_legal_or_ethics_advice",
            "own_clinical_responsibility",
            "good_standing",
            "no_identifying_information",
            "recusal",
            "speaking_up",
            "client_informed",
            "no_recording_or_ai",
            "content_confidential",
            "membership_confidential",
            "private_space",
            "attendance_and_notice",
            "fitness",
            "conflict",
            "leaving_and_closing",
            "limits_and_duties_to_report",
        ];
        assert_eq!(keys, expected);
        for clause in library() {
            let key = clause.key.clone();
            AgreementClause::from(clause.clone()).validate().unwrap_or_else(|faults| panic!("{key}: {faults:?}"));
        }
    }
}
