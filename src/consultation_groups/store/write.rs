use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use uuid::Uuid;

use super::seats::{expire_overdue, offer_free_seats, seats_of};
use crate::{
    audit,
    consultation_groups::{
        rules::{self, Case, Change, Seats, Standing},
        schema::{ConsultationGroupCreate, ConsultationGroupPatch},
    },
    db::search::{fold_all, slug, sort_name},
    entities::{
        Strings, account, agreement,
        consultation_group::{self, GroupFormat, GroupJoinPolicy, GroupVisibility, StoredGroupStatus},
        consultation_group_facet, invitation, meeting_attendance, meeting_attendance_change,
        membership::{self, EndReason, MembershipKind, MembershipRole, MembershipStatus, Verification},
        organization::{self, OrganizationStatus},
    },
    problem::{Fault, Problem, Result},
    revocation::revoke,
    schedule,
    state::State,
    therapists::schema::{AvailabilityWindow, region_fault},
    vocabularies::{LicenceFamilyKey, ModalityKey, PopulationKey, SpecialtyKey},
};

/// Founds a group; the founder is its owner.
pub async fn create(
    tx: &DatabaseTransaction,
    founder: Uuid,
    body: &ConsultationGroupCreate,
    now: DateTime<Utc>,
) -> Result<consultation_group::Model> {
    let body = body.clone();
    let founder_account = account::Entity::find_by_id(founder).one(tx).await?.ok_or_else(Problem::not_found)?;
    let id = Uuid::now_v7();
    let max_size = body.max_size.unwrap_or(8);
    let group = consultation_group::Model {
        id,
        slug: free_slug(tx, id, &body.name).await?,
        sort_name: sort_name(&body.name),
        name: body.name,
        purpose: body.purpose,
        description: body.description,
        specialties: SpecialtyKey::stored(&body.specialties),
        modalities: ModalityKey::stored(&body.modalities),
        populations: PopulationKey::stored(&body.populations),
        languages: Strings(body.languages.into_iter().map(|tag| tag.0).collect()),
        experience: Strings(body.experience.iter().map(ActiveEnum::to_value).collect()),
        licence_families: LicenceFamilyKey::stored(&body.licence_families),
        format: body.format.unwrap_or(GroupFormat::Online),
        country: body.country,
        region: body.region,
        city: body.city,
        time_zone: body.time_zone.unwrap_or(founder_account.time_zone),
        availability: AvailabilityWindow::stored(&body.availability),
        meeting_minutes: body.meeting_minutes.unwrap_or(90),
        cadence_days: body.cadence_days.unwrap_or(14),
        consultation_format: body.consultation_format.map(|key| key.0),
        min_size: body.min_size.unwrap_or(Ord::min(4, max_size)),
        max_size,
        quorum: body.quorum.unwrap_or(Ord::min(3, max_size)),
        join_policy: body.join_policy.unwrap_or(GroupJoinPolicy::Approval),
        join_questions: body.join_questions.into(),
        visibility: body.visibility.unwrap_or(GroupVisibility::Members),
        organization_id: body.organization_id,
        status: StoredGroupStatus::Draft,
        paused_until: None,
        alive_at: None,
        kept_until: None,
        dormant_at: None,
        agreement_number: None,
        search_name: String::new(),
        search_text: String::new(),
        matching_key: String::new(),
        created_by: founder,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    check(&group, &body.availability, 0)?;
    check_organization(tx, founder, group.organization_id, now).await?;
    let group = with_derived(group);
    consultation_group::Entity::insert(group.clone().into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    write_facets(tx, &group).await?;
    seat_founder(tx, &group, now).await?;
    record(tx, now, "consultation_group.create", Some(founder), group.id).await?;
    Ok(group)
}

async fn seat_founder(tx: &DatabaseTransaction, group: &consultation_group::Model, now: DateTime<Utc>) -> Result<()> {
    let seat = membership::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(group.created_by),
        kind: Set(MembershipKind::ConsultationGroup),
        consultation_group_id: Set(Some(group.id)),
        role: Set(MembershipRole::Owner),
        status: Set(MembershipStatus::Active),
        requested_at: Set(now),
        joined_at: Set(Some(now)),
        verification: Set(Verification::SelfReported),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    membership::Entity::insert(seat).exec_without_returning(tx).await?;
    Ok(())
}

/// Applies a patch. Seats that it adds are offered to the waitlist.
pub async fn update(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    before: consultation_group::Model,
    patch: &ConsultationGroupPatch,
    now: DateTime<Utc>,
) -> Result<(consultation_group::Model, Seats)> {
    let patch = patch.clone();
    let mut group = before.clone();
    group.name = patch.name.unwrap_or(group.name);
    group.purpose = patch.purpose.unwrap_or(group.purpose);
    group.description = patch.description.or(group.description);
    group.specialties = patch.specialties.map_or(group.specialties, |keys| SpecialtyKey::stored(&keys));
    group.modalities = patch.modalities.map_or(group.modalities, |keys| ModalityKey::stored(&keys));
    group.populations = patch.populations.map_or(group.populations, |keys| PopulationKey::stored(&keys));
    if let Some(languages) = patch.languages {
        group.languages = Strings(languages.into_iter().map(|tag| tag.0).collect());
    }
    if let Some(experience) = patch.experience {
        group.experience = Strings(experience.iter().map(ActiveEnum::to_value).collect());
    }
    if let Some(families) = patch.licence_families {
        group.licence_families = LicenceFamilyKey::stored(&families);
    }
    group.format = patch.format.unwrap_or(group.format);
    group.country = patch.country.unwrap_or(group.country);
    group.region = patch.region.unwrap_or(group.region);
    group.city = patch.city.unwrap_or(group.city);
    group.time_zone = patch.time_zone.unwrap_or(group.time_zone);
    let availability = patch.availability.unwrap_or_else(|| AvailabilityWindow::list(group.availability));
    group.availability = AvailabilityWindow::stored(&availability);
    group.meeting_minutes = patch.meeting_minutes.unwrap_or(group.meeting_minutes);
    group.cadence_days = patch.cadence_days.unwrap_or(group.cadence_days);
    if let Some(format) = patch.consultation_format {
        group.consultation_format = format.map(|key| key.0);
    }
    group.min_size = patch.min_size.unwrap_or(group.min_size);
    group.max_size = patch.max_size.unwrap_or(group.max_size);
    group.quorum = patch.quorum.unwrap_or(group.quorum);
    group.join_policy = patch.join_policy.unwrap_or(group.join_policy);
    group.join_questions = patch.join_questions.map_or(group.join_questions, Into::into);
    group.visibility = patch.visibility.unwrap_or(group.visibility);
    group.organization_id = patch.organization_id.unwrap_or(group.organization_id);
    group.sort_name = sort_name(&group.name);
    let seats = seats_of(tx, group.id, group.max_size, now).await?;
    check(&group, &availability, seats.taken + seats.reserved)?;
    if group.organization_id != before.organization_id {
        check_organization(tx, actor, group.organization_id, now).await?;
    }
    let group = save(tx, with_derived(rules::with_dormancy(group)), now).await?;
    write_facets(tx, &group).await?;
    record(tx, now, "consultation_group.update", Some(actor), group.id).await?;
    let seats = offer_free_seats(tx, app, &group, now).await?;
    Ok((group, seats))
}

/// Makes a change of status that [`rules::after`] allows, and what follows from it.
pub async fn change(
    tx: &DatabaseTransaction,
    app: &State,
    group: &consultation_group::Model,
    standing: &Standing,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<(consultation_group::Model, Seats)> {
    let seats = seats_of(tx, group.id, group.max_size, now).await?;
    let (active_members, has_owner) = (seats.active, seats.owners > 0);
    let next = rules::after(&Case { group, actor: standing, active_members, has_owner, now }, change)?;
    let group = save(tx, next, now).await?;
    record(tx, now, change.action(), standing.account_id, group.id).await?;
    if matches!(change, Change::Dissolve(_)) {
        expire_overdue(tx, group.id, now).await?;
        empty(tx, group.id, standing.account_id, now).await?;
    }
    let seats = offer_free_seats(tx, app, &group, now).await?;
    Ok((group, seats))
}

/// A meeting at `met_at` was held: the group shows life, and begins where it was forming and is large enough. A group that
/// was dormant gives away its free seats again.
pub async fn met(
    tx: &DatabaseTransaction,
    app: &State,
    group: &consultation_group::Model,
    actor: Uuid,
    met_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let seats = seats_of(tx, group.id, group.max_size, now).await?;
    let next = rules::met(group, seats.active, met_at);
    if next == *group {
        return Ok(());
    }
    let begins = next.status != group.status;
    let next = save(tx, next, now).await?;
    if begins {
        record(tx, now, Change::Activate.action(), Some(actor), group.id).await?;
    }
    offer_free_seats(tx, app, &next, now).await?;
    Ok(())
}

/// Ends every membership and invitation of a dissolved group, and takes the texts. Signatures and hashes stay.
async fn empty(tx: &DatabaseTransaction, group_id: Uuid, actor_id: Option<Uuid>, now: DateTime<Utc>) -> Result<()> {
    use membership::Column;
    membership::Entity::update_many()
        .col_expr(Column::Status, Expr::value(MembershipStatus::Ended))
        .col_expr(Column::EndReason, Expr::value(EndReason::Dissolved))
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::LeaveUntil, Expr::value(None::<chrono::NaiveDate>))
        .col_expr(Column::SuspendedUntil, Expr::value(None::<chrono::NaiveDate>))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .exec(tx)
        .await?;
    membership::Entity::update_many()
        .col_expr(Column::Answers, Expr::value(None::<serde_json::Value>))
        .col_expr(Column::RequestNote, Expr::value(None::<String>))
        .col_expr(Column::DecisionNote, Expr::value(None::<String>))
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    revoke(tx, invitation::COLUMN.consultation_group_id.eq(group_id).into(), actor_id, "dissolution", now).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Message, Expr::value(None::<String>))
        .filter(invitation::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    agreement::Entity::update_many()
        .col_expr(agreement::Column::Clauses, Expr::value(serde_json::json!([])))
        .filter(agreement::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    schedule::store::purge(tx, group_id, now).await?;
    // Who came stays; what was said about it goes.
    meeting_attendance::Entity::update_many()
        .col_expr(meeting_attendance::Column::DisputeNote, Expr::value(None::<String>))
        .filter(meeting_attendance::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    meeting_attendance_change::Entity::update_many()
        .col_expr(meeting_attendance_change::Column::Reason, Expr::value(None::<String>))
        .filter(meeting_attendance_change::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a draft away.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: Uuid,
    group: &consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    consultation_group::Entity::delete_by_id(group.id).exec(tx).await?;
    record(tx, now, "consultation_group.delete", Some(actor), group.id).await
}

/// Writes a group down, one version on.
pub async fn save(
    tx: &DatabaseTransaction,
    group: consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<consultation_group::Model> {
    let group = consultation_group::Model { version: group.version + 1, updated_at: now, ..group };
    let mut changed = group.clone().into_active_model().reset_all();
    changed.id = Unchanged(group.id);
    consultation_group::Entity::update(changed).exec(tx).await?;
    Ok(group)
}

async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor_id: Option<Uuid>,
    id: Uuid,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id,
        subject_type: "consultation_group",
        subject_id: id,
        consultation_group_id: Some(id),
        ..Default::default()
    };
    audit::record(tx, now, event).await
}

fn with_derived(group: consultation_group::Model) -> consultation_group::Model {
    let words = [&group.specialties, &group.modalities, &group.populations];
    let words = words.into_iter().flat_map(|list| &list.0).map(String::as_str);
    consultation_group::Model {
        search_name: fold_all([group.name.as_str()]),
        search_text: fold_all(words.chain(group.description.as_deref()).chain(group.city.as_deref())),
        matching_key: rules::matching_key(&group),
        ..group
    }
}

/// How the members fit together.
fn check(group: &consultation_group::Model, availability: &[AvailabilityWindow], seats_taken: i64) -> Result<()> {
    let sizes = rules::size_faults(group, seats_taken).into_iter();
    let mut faults: Vec<Fault> = sizes.map(|(at, code, detail)| Fault::at(at, code, detail)).collect();
    faults.extend(AvailabilityWindow::faults(availability));
    faults.extend(region_fault(group.region.as_deref(), group.country.as_deref()));
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// A group belongs to a published organization of which whoever says so is an active member.
async fn check_organization(
    tx: &DatabaseTransaction,
    actor: Uuid,
    organization_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(organization_id) = organization_id else { return Ok(()) };
    let found = membership::Entity::find()
        .find_also_related(organization::Entity)
        .filter(membership::COLUMN.account_id.eq(actor))
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::active_on(now.date_naive()))
        .filter(organization::has_status(OrganizationStatus::Published))
        .one(tx)
        .await?;
    match found {
        Some(_) => Ok(()),
        None => {
            let detail = "must be a published organization of which you are an active member";
            Err(Problem::invalid_at("/organization_id", "unknown_organization", detail))
        }
    }
}

/// The slug of the name, or with the tail of the id where another has it.
async fn free_slug(tx: &DatabaseTransaction, id: Uuid, name: &str) -> Result<String> {
    let slug = slug(name, "group");
    let same = consultation_group::COLUMN.slug.eq(slug.clone());
    let taken = consultation_group::Entity::find().filter(same).one(tx).await?;
    let id = id.simple().to_string();
    Ok(match taken {
        Some(_) => format!("{slug}-{}", id.get(20..).unwrap_or(&id)),
        None => slug,
    })
}

async fn write_facets(tx: &DatabaseTransaction, group: &consultation_group::Model) -> Result<()> {
    use consultation_group_facet::{ActiveModel, COLUMN, Entity};
    Entity::delete_many().filter(COLUMN.consultation_group_id.eq(group.id)).exec(tx).await?;
    let facets = [
        ("specialty", &group.specialties),
        ("modality", &group.modalities),
        ("population", &group.populations),
        ("language", &group.languages),
        ("experience", &group.experience),
        ("licence_family", &group.licence_families),
    ];
    let rows = facets.into_iter().flat_map(|(facet, values)| {
        values.0.iter().map(move |value| ActiveModel {
            consultation_group_id: Set(group.id),
            facet: Set(facet.into()),
            // Language tags do not differ by case.
            value: Set(value.to_ascii_lowercase()),
        })
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}
