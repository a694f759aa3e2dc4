//! Whoever could match, read in a fixed number of queries, whatever their number.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{
    rules::{self, Availability, Calendar, Hours, Ranked, Ranking, Therapist},
    schema::{GroupCandidate, GroupCandidateFilter, GroupMatch, GroupMatchFilter, MatchPart, shown},
};
use crate::{
    consultation_groups::{
        rules::{GroupStatus, MatchingKey},
        store::{has_open_seat, has_status, open_of, with_seats},
    },
    db::{
        lines,
        page::{Key, PageRequest, Rows},
    },
    entities::{
        Strings, WeeklyHours, account_block,
        consultation_group::{self, GroupJoinPolicy, GroupPurpose, GroupVisibility},
        licence, membership,
        profile::{self, Discoverable, Experience},
        profile_facet,
    },
    problem::{Problem, ProblemCode, Result},
    therapists::{self, schema::Therapist as Card},
};

/// One page of the groups that an account could join, the best first.
///
/// # Errors
/// 409 `profile_needed` where there is no profile to compare with.
pub async fn groups(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    filter: &GroupMatchFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<GroupMatch>> {
    let seeker = Seeker::find(db, account_id, now).await?;
    let open = open_groups(account_id, filter, now);
    let (id, key) = (consultation_group::Column::Id.into_expr(), consultation_group::Column::MatchingKey.into_expr());
    let text: Option<Option<String>> = open
        .clone()
        .select_only()
        .expr_as(lines::lines(db.get_database_backend(), id, key), "text")
        .into_tuple()
        .one(db)
        .await?;
    let text = text.flatten().unwrap_or_default();
    let mut ranking = ranking(page);
    seeker.rank(&text, &mut seeker.calendar(now), filter.min_score, &mut ranking);
    let (rows, total) = finish(page, ranking);
    let Rows { rows, next, .. } = rows;
    Ok(Rows { rows: seeker.cards(db, open, rows, now).await?, next, total })
}

/// For each of `purposes` the few groups that fit an account best, in as many queries as for one purpose.
///
/// # Errors
/// 409 `profile_needed` where there is no profile to compare with.
pub async fn best_by_purpose(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    purposes: &[GroupPurpose],
    few: usize,
    now: DateTime<Utc>,
) -> Result<Vec<GroupMatch>> {
    let seeker = Seeker::find(db, account_id, now).await?;
    let filter = GroupMatchFilter { purpose: purposes.to_vec(), ..GroupMatchFilter::default() };
    let open = open_groups(account_id, &filter, now);
    let (id, key) = (consultation_group::Column::Id.into_expr(), consultation_group::Column::MatchingKey.into_expr());
    let texts: Vec<(GroupPurpose, String)> = open
        .clone()
        .select_only()
        .column(consultation_group::Column::Purpose)
        .expr_as(lines::lines(db.get_database_backend(), id, key), "text")
        .group_by(consultation_group::Column::Purpose)
        .into_tuple()
        .all(db)
        .await?;
    let (mut calendar, mut best) = (seeker.calendar(now), Vec::new());
    for (_, text) in &texts {
        let mut ranking = Ranking::new(few, None);
        seeker.rank(text, &mut calendar, None, &mut ranking);
        best.extend(ranking.finish());
    }
    seeker.cards(db, open, best, now).await
}

/// A group that was ranked.
type RankedGroup<'a> = Ranked<(MatchingKey<'a>, Availability)>;

/// Somebody who looks for a group.
struct Seeker {
    therapist: Therapist,
    languages: Strings,
    families: Vec<String>,
}

impl Seeker {
    async fn find(db: &impl ConnectionTrait, account_id: Uuid, now: DateTime<Utc>) -> Result<Self> {
        let (profile, licences) = therapists::store::find(db, account_id).await.map_err(needs_profile)?;
        let families = good_licences(licences, now.date_naive());
        Ok(Self { languages: profile.languages.clone(), therapist: Therapist::from(profile), families })
    }

    fn calendar(&self, now: DateTime<Utc>) -> Calendar<'_> {
        Calendar::of_therapist(&self.therapist.hours, now)
    }

    /// Offers each group of `text` that fits and has at least this score.
    fn rank<'a>(
        &self,
        text: &'a str,
        calendar: &mut Calendar<'_>,
        min_score: Option<i64>,
        ranking: &mut Ranking<(MatchingKey<'a>, Availability)>,
    ) {
        let mut hours = Hours::default();
        for (id, packed) in lines::rows(text) {
            let fits = |group: &MatchingKey| rules::fits(group, &self.languages, &self.families);
            let Some(group) = MatchingKey::parse(packed).filter(fits) else { continue };
            hours.read(&group);
            let availability = calendar.with(&hours, group.meeting_minutes);
            let score = rules::score(&rules::values(&group, &self.therapist, availability));
            if score >= least(min_score) {
                ranking.offer(score, id, (group, availability));
            }
        }
    }

    /// The cards of groups that were ranked, in their order.
    async fn cards(
        &self,
        db: &impl ConnectionTrait,
        open: Select<consultation_group::Entity>,
        ranked: Vec<RankedGroup<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<GroupMatch>> {
        let found = open.filter(consultation_group::COLUMN.id.is_in(ranked.iter().map(|row| row.id)));
        let cards = with_seats(db, found.all(db).await?, now).await?;
        let mut cards: HashMap<Uuid, _> = cards.into_iter().map(|card| (card.id, card)).collect();
        let matched = |Ranked { score, id, item: (group, availability) }: RankedGroup<'_>| {
            let values = rules::values(&group, &self.therapist, availability);
            let parts = MatchPart::all(&group, &self.therapist, availability, &values);
            Some(GroupMatch { group: cards.remove(&id)?, score: shown(score), parts })
        };
        Ok(ranked.into_iter().filter_map(matched).collect())
    }
}

/// One page of the therapists who could join a group, the best first.
pub async fn candidates(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    filter: &GroupCandidateFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<GroupCandidate>> {
    let key = MatchingKey::parse(&group.matching_key).ok_or_else(Problem::not_found)?;
    let open = open_therapists(group, &key, now);
    let mut hours = Hours::default();
    hours.read(&key);
    let mut calendar = Calendar::of_group(&hours, now);
    let mut ranking = ranking(page);
    for (id, therapist) in compared(db, &open).await? {
        let availability = calendar.with(&therapist.hours, key.meeting_minutes);
        let score = rules::score(&rules::values(&key, &therapist, availability));
        if score >= least(filter.min_score) {
            ranking.offer(score, id, (therapist, availability));
        }
    }
    let (rows, total) = finish(page, ranking);
    let found = open.filter(profile::COLUMN.account_id.is_in(rows.rows.iter().map(|row| row.id)));
    let cards = therapists::store::listings(db, found).await?;
    let mut cards: HashMap<Uuid, _> = cards.into_iter().map(|card| (card.profile.account_id, card)).collect();
    let matched = |Ranked { score, id, item: (therapist, availability) }: Ranked<_>| {
        let values = rules::values(&key, &therapist, availability);
        let parts = MatchPart::all(&key, &therapist, availability, &values);
        let card = cards.remove(&id)?;
        let therapist = Card::new(card.display_name, card.profile, card.licences, now.date_naive());
        Some(GroupCandidate { therapist, score: shown(score), parts })
    };
    Ok(Rows { rows: rows.rows.into_iter().filter_map(matched).collect(), next: rows.next, total })
}

fn needs_profile(problem: Problem) -> Problem {
    match problem.code {
        ProblemCode::NotFound => ProblemCode::ProfileNeeded.into(),
        _ => problem,
    }
}

/// The families of the licences that are still good.
fn good_licences(licences: Vec<licence::Model>, today: NaiveDate) -> Vec<String> {
    let good = licences.into_iter().filter(|licence| licence.expires_on.is_none_or(|last| last >= today));
    good.map(|licence| licence.family).collect()
}

/// One more than the page holds, to know whether there is another.
fn ranking<T>(page: &PageRequest) -> Ranking<T> {
    let after = match page.after() {
        Some([Key::Number(score), Key::Id(id)]) => Some((*score, *id)),
        _ => None,
    };
    Ranking::new(usize::try_from(page.limit).unwrap_or(usize::MAX - 1) + 1, after)
}

fn finish<T>(page: &PageRequest, ranking: Ranking<T>) -> (Rows<Ranked<T>>, Option<u64>) {
    let total = page.include_total.then_some(ranking.total);
    (page.finish(ranking.finish(), |row| vec![Key::Number(row.score), Key::Id(row.id)]), total)
}

fn least(min_score: Option<i64>) -> i64 {
    min_score.unwrap_or_default() * 100
}

/// Groups that somebody could join, as far as the database tells: they take people now, are not hidden, no block stands
/// between the account and one of their members, and it has no seat there and has not asked for one.
fn open_groups(account_id: Uuid, filter: &GroupMatchFilter, now: DateTime<Utc>) -> Select<consultation_group::Entity> {
    use consultation_group::{COLUMN, Column, Entity};
    let seated_among = |accounts: SelectStatement| {
        membership::Entity::find()
            .select_only()
            .column(membership::Column::ConsultationGroupId)
            .filter(membership::COLUMN.account_id.in_subquery(accounts))
            .filter(membership::COLUMN.consultation_group_id.is_not_null())
            .filter(membership::holds_seat_at(now))
            .into_query()
    };
    let not_in = |groups: SelectStatement| Column::Id.into_expr().not_in_subquery(groups);
    let formats = (!filter.format.is_empty()).then(|| COLUMN.format.is_in(filter.format.clone()));
    let purposes = (!filter.purpose.is_empty()).then(|| COLUMN.purpose.is_in(filter.purpose.clone()));
    let open_seat = filter.has_open_seat.map(|wanted| match wanted {
        true => has_open_seat(now),
        false => has_open_seat(now).not(),
    });
    Entity::find().filter(
        Condition::all()
            .add(has_status(&[GroupStatus::Forming, GroupStatus::Active], now))
            .add(COLUMN.visibility.is_in([GroupVisibility::Public, GroupVisibility::Members]))
            .add(COLUMN.join_policy.ne(GroupJoinPolicy::Invitation))
            .add(not_in(open_of(Some(account_id), now)))
            .add(not_in(seated_among(blocked_by(own(account_id)))))
            .add(not_in(seated_among(blocking(own(account_id)))))
            .add_option(formats)
            .add_option(purposes)
            .add_option(open_seat),
    )
}

/// Therapists who could join a group, as far as the database tells: they wish to be found and are open to groups, no block
/// stands between them and a member, they have no seat and have not asked for one, and [`rules::fits`].
fn open_therapists(
    group: &consultation_group::Model,
    key: &MatchingKey,
    now: DateTime<Utc>,
) -> Select<profile::Entity> {
    use membership::COLUMN;
    let in_group = |condition: Condition| {
        membership::Entity::find()
            .select_only()
            .column(membership::Column::AccountId)
            .filter(COLUMN.consultation_group_id.eq(group.id))
            .filter(condition)
            .into_query()
    };
    let members = || in_group(membership::holds_seat_at(now));
    let account = || profile::Column::AccountId.into_expr();
    let languages: Vec<String> = key.languages.iter().map(rules::primary_language).collect();
    let speaks = (!languages.is_empty()).then(|| account().in_subquery(having("language", languages)));
    let families = &group.licence_families.0;
    let licensed = (!families.is_empty()).then(|| account().in_subquery(holding(families, now.date_naive())));
    therapists::store::listed().filter(
        Condition::all()
            .add(profile::COLUMN.discoverable.eq(Discoverable::Members))
            .add(account().in_subquery(having("open_to", ["groups".to_owned()])))
            .add(account().not_in_subquery(in_group(membership::open_at(now))))
            .add(account().not_in_subquery(blocked_by(members())))
            .add(account().not_in_subquery(blocking(members())))
            .add_option(speaks)
            .add_option(licensed),
    )
}

/// What is compared of each therapist.
async fn compared(db: &impl ConnectionTrait, open: &Select<profile::Entity>) -> Result<Vec<(Uuid, Therapist)>> {
    use profile::Column;
    type Row = (Uuid, Strings, Strings, Strings, Option<Experience>, Strings, Option<String>, WeeklyHours);
    let rows: Vec<Row> = open
        .clone()
        .select_only()
        .columns([
            Column::AccountId,
            Column::Specialties,
            Column::Modalities,
            Column::Populations,
            Column::Experience,
            Column::Formats,
            Column::TimeZone,
            Column::Availability,
        ])
        .into_tuple()
        .all(db)
        .await?;
    let read = |(id, specialties, modalities, populations, experience, formats, time_zone, availability): Row| {
        let hours = Hours::of(time_zone.as_deref(), &availability);
        (id, Therapist { specialties, modalities, populations, experience, formats, hours })
    };
    Ok(rows.into_iter().map(read).collect())
}

/// An account, as the one value of a subquery.
fn own(account_id: Uuid) -> SelectStatement {
    SelectStatement::new().expr(Expr::value(account_id)).to_owned()
}

/// Whom one of `accounts` has blocked.
fn blocked_by(accounts: SelectStatement) -> SelectStatement {
    account_block::Entity::find()
        .select_only()
        .column(account_block::Column::BlockedId)
        .filter(account_block::COLUMN.blocker_id.in_subquery(accounts))
        .into_query()
}

/// Who has blocked one of `accounts`.
fn blocking(accounts: SelectStatement) -> SelectStatement {
    account_block::Entity::find()
        .select_only()
        .column(account_block::Column::BlockerId)
        .filter(account_block::COLUMN.blocked_id.in_subquery(accounts))
        .into_query()
}

/// Whose profile has one of these words.
fn having(facet: &str, values: impl IntoIterator<Item = String>) -> SelectStatement {
    profile_facet::Entity::find()
        .select_only()
        .column(profile_facet::Column::AccountId)
        .filter(profile_facet::COLUMN.facet.eq(facet))
        .filter(profile_facet::COLUMN.value.is_in(values))
        .into_query()
}

/// Who holds a licence of one of these families that is still good.
fn holding(families: &[String], today: NaiveDate) -> SelectStatement {
    licence::Entity::find()
        .select_only()
        .column(licence::Column::AccountId)
        .filter(licence::COLUMN.family.is_in(families))
        .filter(licence::good_on(today))
        .into_query()
}
