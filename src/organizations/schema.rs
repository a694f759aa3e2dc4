//! Organizations on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::{
    entities::{
        StoredFacts,
        organization::{self, JoinPolicy, OrganizationKind, OrganizationStatus, Visibility},
    },
    http::{
        body::{clearable, given, together},
        page::Page,
        text,
    },
    organizations::rules,
    problem::Fault,
    therapists::schema::region_fault,
    vocabularies::{DisciplineKey, OfferingKey},
};

pub type OrganizationPage = Page<Organization>;

/// A body of the profession that therapists can turn to or join.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000005", "name": "Association for Behavioral and Cognitive Therapies", "short_name": "ABCT", "slug": "association-for-behavioral-and-cognitive-therapies", "kind": "professional_association", "website_url": "https://www.abct.org", "country": "US", "disciplines": ["psychology"], "offerings": ["conferences", "publications", "training"], "founded_year": 1966, "membership_categories": ["full", "student"], "accepts_memberships": true, "join_policy": "self_reported", "visibility": "public", "facts": [{"member": "founded_year", "source_url": "https://www.abct.org", "checked_on": "2026-11-23"}], "status": "published", "member_count": 12, "version": 1, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-23T18:00:00Z"}))]
pub struct Organization {
    /// Its id.
    pub id: Uuid,
    /// Its full name, unique in its country among published ones.
    #[schema(max_length = 200)]
    pub name: String,
    /// Its abbreviation. Others may have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 40)]
    pub short_name: Option<String>,
    /// Its name for addresses, unique.
    #[schema(max_length = 120)]
    pub slug: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    pub description: Option<String>,
    /// Its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500, format = Uri)]
    pub website_url: Option<String>,
    /// ISO 3166-1 alpha-2 country.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6)]
    pub region: Option<String>,
    /// The organization that it is a chapter of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// Keys of the vocabulary `disciplines`.
    #[schema(max_items = 30)]
    pub disciplines: Vec<DisciplineKey>,
    /// Keys of the vocabulary `offerings`.
    #[schema(max_items = 30)]
    pub offerings: Vec<OfferingKey>,
    /// The year in which it was founded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1500, maximum = 2100)]
    pub founded_year: Option<i64>,
    /// The categories in which it takes members, in its own words.
    #[schema(max_items = 30, value_type = Vec<MembershipCategory>)]
    pub membership_categories: Vec<String>,
    /// Whether anybody can hold a membership of it here.
    pub accepts_memberships: bool,
    /// How one becomes a member.
    pub join_policy: JoinPolicy,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where its members were read, and when.
    #[schema(max_items = 40, value_type = Vec<Fact>)]
    pub facts: StoredFacts,
    /// The organization that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged_into_id: Option<Uuid>,
    /// Where it stands in its life.
    pub status: OrganizationStatus,
    /// How many hold a place in it: active, on leave or suspended.
    #[schema(minimum = 0)]
    pub member_count: i64,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was proposed.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where a member of an organization was read, and when.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The member that it vouches for.
    pub member: FactMember,
    /// Where it was read.
    #[validate(length(max = 500), custom(function = "text::web_address"))]
    #[schema(min_length = 1, max_length = 500, format = Uri, example = "https://www.abct.org")]
    pub source_url: String,
    /// When; not in the future.
    #[validate(custom(function = "text::near_day"))]
    pub checked_on: NaiveDate,
}

/// A member that a fact vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactMember {
    Name,
    ShortName,
    Kind,
    Description,
    WebsiteUrl,
    Country,
    Region,
    ParentId,
    Disciplines,
    Offerings,
    FoundedYear,
    MembershipCategories,
    AcceptsMemberships,
    JoinPolicy,
}

/// Which facts were checked after `today`, which is some hours ahead in parts of the world.
pub fn facts_ahead(facts: &[Fact], today: NaiveDate) -> impl Iterator<Item = Fault> {
    let ahead = move |(at, fact): (usize, &Fact)| {
        let place = format!("/facts/{at}/checked_on");
        (Some(fact.checked_on) > today.succ_opt())
            .then(|| Fault::at(place, "out_of_range", "must not lie in the future"))
    };
    facts.iter().enumerate().filter_map(ahead)
}

/// A category in which an organization takes members, in its own words.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 60, examples("full"))]
pub struct MembershipCategory(pub String);

/// A proposal of an organization that is not listed yet.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_together", skip_on_field_errors = false))]
#[schema(example = json!({"name": "Bay Area Trauma Therapists", "kind": "local_association", "country": "US", "region": "US-CA", "disciplines": ["psychology"], "offerings": ["networking"], "join_policy": "approval", "represented": true}))]
pub struct OrganizationCreate {
    /// Its full name.
    #[validate(length(min = 2, max = 200), custom(function = "text::line"))]
    #[schema(min_length = 2, max_length = 200)]
    pub name: String,
    /// Its abbreviation.
    #[validate(length(min = 1, max = 40), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    pub short_name: Option<String>,
    /// What it is.
    pub kind: OrganizationKind,
    /// What it does.
    #[validate(length(max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// Its website, http or https.
    #[validate(length(max = 500), custom(function = "text::web_address"))]
    #[schema(nullable = false, min_length = 1, max_length = 500, format = Uri)]
    pub website_url: Option<String>,
    /// ISO 3166-1 alpha-2 country.
    #[validate(custom(function = "text::country"))]
    #[schema(nullable = false, min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region, within the country.
    #[validate(custom(function = "text::region"))]
    #[schema(nullable = false, min_length = 1, max_length = 6)]
    pub region: Option<String>,
    /// The organization that it is a chapter of.
    #[schema(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// Keys of the vocabulary `disciplines`.
    #[serde(default)]
    #[validate(length(max = 30), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 30)]
    pub disciplines: Vec<DisciplineKey>,
    /// Keys of the vocabulary `offerings`.
    #[serde(default)]
    #[validate(length(max = 30), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 30)]
    pub offerings: Vec<OfferingKey>,
    /// The year in which it was founded.
    #[validate(range(min = 1500, max = 2100))]
    #[schema(nullable = false, minimum = 1500, maximum = 2100)]
    pub founded_year: Option<i64>,
    /// The categories in which it takes members.
    #[serde(default)]
    #[validate(length(max = 30), custom(function = "are_categories"))]
    #[schema(max_items = 30, value_type = Vec<MembershipCategory>)]
    pub membership_categories: Vec<String>,
    /// Whether anybody can hold a membership of it here; true unless its kind takes none.
    #[schema(nullable = false)]
    pub accepts_memberships: Option<bool>,
    /// How one becomes a member; `self_reported` when absent.
    #[schema(nullable = false)]
    pub join_policy: Option<JoinPolicy>,
    /// Who may see it once it is published; `public` when absent.
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// Where its members were read, and when.
    #[serde(default)]
    #[validate(length(max = 40), nested)]
    #[schema(max_items = 40)]
    pub facts: Vec<Fact>,
    /// You speak for it: publishing then makes you its owner. Not of a kind that takes no members.
    #[serde(default)]
    pub represented: bool,
}

fn fits_together(body: &OrganizationCreate) -> Result<(), ValidationError> {
    let of_region = region_fault(body.region.as_deref(), body.country.as_deref());
    let of_kind = not_joinable(body.kind, body.accepts_memberships.unwrap_or_default());
    let has_no_owner = body.represented && !rules::kind_takes_members(body.kind);
    let of_owner = has_no_owner.then(|| {
        Fault::at("/represented", "not_joinable", "must be false: this kind takes no members, and so no owner")
    });
    together(of_region.into_iter().chain(of_kind).chain(of_owner))
}

/// What is wrong with taking members, for a kind that takes none.
pub fn not_joinable(kind: OrganizationKind, accepts_memberships: bool) -> Option<Fault> {
    let words = "must be false: this kind takes no members";
    (accepts_memberships && !rules::kind_takes_members(kind))
        .then(|| Fault::at("/accepts_memberships", "not_joinable", words))
}

/// A merge patch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"description": "Monthly meetings in Oakland.", "website_url": null}))]
pub struct OrganizationPatch {
    /// Its full name.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 2, max = 200), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 2, max_length = 200)]
    pub name: Option<String>,
    /// Its abbreviation.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 40), custom(function = "text::line"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub short_name: Option<Option<String>>,
    /// What it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub kind: Option<OrganizationKind>,
    /// What it does.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 4000), custom(function = "text::prose"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub description: Option<Option<String>>,
    /// Its website, http or https.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 500), custom(function = "text::web_address"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, format = Uri)]
    pub website_url: Option<Option<String>>,
    /// ISO 3166-1 alpha-2 country.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::country"))]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 2)]
    pub country: Option<Option<String>>,
    /// ISO 3166-2 region, within the country.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::region"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 6)]
    pub region: Option<Option<String>>,
    /// The organization that it is a chapter of.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    pub parent_id: Option<Option<Uuid>>,
    /// Keys of the vocabulary `disciplines`.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 30), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 30)]
    pub disciplines: Option<Vec<DisciplineKey>>,
    /// Keys of the vocabulary `offerings`.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 30), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 30)]
    pub offerings: Option<Vec<OfferingKey>>,
    /// The year in which it was founded.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(range(min = 1500, max = 2100))]
    #[schema(value_type = Option<i64>, minimum = 1500, maximum = 2100)]
    pub founded_year: Option<Option<i64>>,
    /// The categories in which it takes members.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 30), custom(function = "are_categories"))]
    #[schema(nullable = false, max_items = 30, value_type = Option<Vec<MembershipCategory>>)]
    pub membership_categories: Option<Vec<String>>,
    /// Whether anybody can hold a membership of it here.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub accepts_memberships: Option<bool>,
    /// How one becomes a member.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub join_policy: Option<JoinPolicy>,
    /// Who may see it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// Where its members were read, and when. The list is replaced whole.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 40), nested)]
    #[schema(nullable = false, max_items = 40)]
    pub facts: Option<Vec<Fact>>,
}

/// Where an organization goes.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into_id": "01936b2f-5f00-7000-8000-000000000001"}))]
pub struct OrganizationMerge {
    /// The published organization that takes its place.
    pub into_id: Uuid,
}

/// Who becomes the owner.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account_id": "01936b2f-5f00-7000-8000-0000000000aa"}))]
pub struct OwnerAppointment {
    /// The account.
    pub account_id: Uuid,
}

/// Which organizations are listed, and in which order.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizationFilter {
    /// Of this kind; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[param(required = false, max_items = 20)]
    pub kind: Vec<OrganizationKind>,
    /// In this country; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::countries"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::CountryCode>)]
    pub country: Vec<String>,
    /// In this region; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::regions"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::RegionCode>)]
    pub region: Vec<String>,
    /// For this discipline; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 30), nested)]
    #[param(required = false, max_items = 30)]
    pub discipline: Vec<DisciplineKey>,
    /// With this offering; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 30), nested)]
    #[param(required = false, max_items = 30)]
    pub offering: Vec<OfferingKey>,
    /// Chapters of this organization.
    #[param(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// That take members, or that take none.
    #[param(nullable = false)]
    pub accepts_memberships: Option<bool>,
    /// `published` when absent.
    #[param(inline, nullable = false)]
    pub status: Option<OrganizationStatus>,
    /// Words of the name or the description; the best hits come first unless `sort` is given.
    #[validate(length(max = 200))]
    #[param(nullable = false, max_length = 200)]
    pub q: Option<String>,
    /// `name` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<OrganizationSort>,
}

/// What organizations are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum OrganizationSort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "member_count")]
    MemberCount,
    #[serde(rename = "-member_count")]
    MemberCountDescending,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

fn are_categories(names: &[String]) -> Result<(), ValidationError> {
    text::distinct(names)?;
    names.iter().try_for_each(|name| match name.chars().count() {
        0..=60 => text::line(name),
        _ => Err(text::fault("too_long", "must have at most 60 characters each")),
    })
}

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            short_name: row.short_name,
            slug: row.slug,
            kind: row.kind,
            description: row.description,
            website_url: row.website_url,
            country: row.country,
            region: row.region,
            parent_id: row.parent_id,
            disciplines: DisciplineKey::list(row.disciplines),
            offerings: OfferingKey::list(row.offerings),
            founded_year: row.founded_year,
            membership_categories: row.membership_categories.0,
            accepts_memberships: row.accepts_memberships,
            join_policy: row.join_policy,
            visibility: row.visibility,
            facts: row.facts,
            merged_into_id: row.merged_into_id,
            status: row.status,
            member_count: row.member_count,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
