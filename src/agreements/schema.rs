//! Agreements on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::rules::{self, Changes, PublicationStatus, Refusal};
use crate::{
    consultation_groups::schema::not_in_this_state,
    entities::{
        agreement::{self, StoredClause, StoredClauses},
        agreement_signature,
    },
    http::{body::given, page::Page, text},
    problem::{Problem, ProblemCode},
};

pub type AgreementPage = Page<Agreement>;
pub type AgreementSignaturePage = Page<AgreementSignature>;

/// One thing that members agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "recusal", "title": "We step out when we know the person", "body": "Whoever might know the client says only that they step out, and leaves for that part."}))]
pub struct AgreementClause {
    /// What tells it from the others, also from one version to the next: lower case letters, digits and underscores.
    #[validate(length(max = 40), custom(function = "text::key"))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_]+$")]
    pub key: String,
    /// Its title.
    #[validate(length(min = 1, max = 120), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 120)]
    pub title: String,
    /// What it says.
    #[validate(length(min = 1, max = 2000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 2000)]
    pub body: String,
}

impl From<StoredClause> for AgreementClause {
    fn from(stored: StoredClause) -> Self {
        Self { key: stored.key, title: stored.title, body: stored.body }
    }
}

impl AgreementClause {
    /// Clauses as they are stored.
    pub fn stored(clauses: &[Self]) -> StoredClauses {
        let stored =
            |one: &Self| StoredClause { key: one.key.clone(), title: one.title.clone(), body: one.body.clone() };
        StoredClauses(clauses.iter().map(stored).collect())
    }
}

fn keys_differ(clauses: &[AgreementClause]) -> Result<(), ValidationError> {
    text::distinct(&clauses.iter().map(|clause| &clause.key).collect::<Vec<_>>())
}

/// Clauses to start an agreement from. Take them as they are, change them, or write others.
#[derive(Serialize, ToSchema)]
pub struct AgreementClauseList {
    /// The clauses, in the order in which to offer them.
    #[schema(max_items = 100)]
    items: Vec<AgreementClause>,
}

impl AgreementClauseList {
    pub fn library() -> Self {
        Self { items: rules::library().iter().cloned().map(AgreementClause::from).collect() }
    }
}

/// What the members of a consultation group agree on: a draft, or a version that never changes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "status": "published", "number": 2, "clauses": [{"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves."}], "material": true, "effective_from": "2026-12-01", "sha256": "4238b23504d87e56ff7e70676486c54b7c2762c540714357998214cbbee26d18", "canonical": "{\"clauses\":[{\"body\":\"Whoever might know the client leaves.\",\"key\":\"recusal\",\"title\":\"We step out\"}],\"consultation_group_id\":\"01936b2f-5f00-7000-8000-000000000501\",\"effective_from\":\"2026-12-01\",\"material\":true,\"number\":2}", "changes_since_previous": {"added": [], "removed": [], "changed": ["recusal"], "reordered": false}, "signature_count": 5, "created_by": "01936b2f-5f00-7000-8000-000000000201", "published_by": "01936b2f-5f00-7000-8000-000000000201", "published_at": "2026-11-23T18:00:00Z", "version": 3, "created_at": "2026-11-20T18:00:00Z", "updated_at": "2026-11-23T18:00:00Z"}))]
pub struct Agreement {
    /// Its id.
    pub id: Uuid,
    /// The group whose members agree.
    pub consultation_group_id: Uuid,
    /// Whether it can still be changed.
    pub status: PublicationStatus,
    /// Counts the published versions of the group, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub number: Option<i64>,
    /// What is agreed on, in its order. None, once the group was dissolved and its texts erased.
    #[schema(max_items = 40)]
    pub clauses: Vec<AgreementClause>,
    /// Every member has to sign this version anew.
    pub material: bool,
    /// The day from which on it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub effective_from: Option<NaiveDate>,
    /// SHA-256 of `canonical` in UTF-8, hexadecimal. It outlasts the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// What `sha256` is taken over: `consultation_group_id`, `number`, `material`, `effective_from` and `clauses` of this
    /// version as one JSON object in canonical form (RFC 8785). Absent in lists, and once the text was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1_000_000)]
    pub canonical: Option<String>,
    /// What changed since the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub changes_since_previous: Option<AgreementChanges>,
    /// How many have signed this version. Shown to members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub signature_count: Option<i64>,
    /// The account that wrote the draft. Shown to members, because who sits in a group is for them to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_by: Option<Uuid>,
    /// The account that published it. Shown to members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_by: Option<Uuid>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_at: Option<DateTime<Utc>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the draft was written.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What changed from one version to the next, by the keys of clauses.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"added": ["private_space"], "removed": [], "changed": ["recusal"], "reordered": false}))]
pub struct AgreementChanges {
    /// Only in this version.
    #[schema(max_items = 40)]
    pub added: Vec<ClauseKey>,
    /// Only in the version before.
    #[schema(max_items = 40)]
    pub removed: Vec<ClauseKey>,
    /// In both, with another title or body.
    #[schema(max_items = 40)]
    pub changed: Vec<ClauseKey>,
    /// Those in both stand in another order.
    pub reordered: bool,
}

/// The key of a clause.
#[derive(Serialize, ToSchema)]
#[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_]+$", example = "recusal")]
pub struct ClauseKey(pub String);

impl From<Changes> for AgreementChanges {
    fn from(changes: Changes) -> Self {
        let keys = |keys: Vec<String>| keys.into_iter().map(ClauseKey).collect();
        Self {
            added: keys(changes.added),
            removed: keys(changes.removed),
            changed: keys(changes.changed),
            reordered: changes.reordered,
        }
    }
}

/// An agreement, and what stands around it as far as the caller may know.
pub struct Seen {
    pub agreement: agreement::Model,
    /// The clauses of the version before.
    pub before: Option<StoredClauses>,
    /// Where the caller may know who wrote and signed it.
    pub signature_count: Option<i64>,
}

impl Agreement {
    /// With its canonical text.
    pub fn whole(seen: Seen) -> Self {
        let canonical = rules::canonical(&seen.agreement);
        Self { canonical, ..Self::item(seen) }
    }

    /// As a list shows it.
    pub fn item(seen: Seen) -> Self {
        let Seen { agreement, before, signature_count } = seen;
        let erased = agreement.clauses.0.is_empty();
        let changes = before.filter(|_| !erased).map(|before| rules::changes(&before.0, &agreement.clauses.0));
        let sees_people = signature_count.is_some();
        Self {
            id: agreement.id,
            consultation_group_id: agreement.consultation_group_id,
            status: rules::status(&agreement),
            number: agreement.number,
            clauses: agreement.clauses.0.into_iter().map(AgreementClause::from).collect(),
            material: agreement.material,
            effective_from: agreement.effective_from,
            sha256: agreement.sha256,
            canonical: None,
            changes_since_previous: changes.map(AgreementChanges::from),
            signature_count,
            created_by: Some(agreement.created_by).filter(|_| sees_people),
            published_by: agreement.published_by.filter(|_| sees_people),
            published_at: agreement.published_at,
            version: agreement.version,
            created_at: agreement.created_at,
            updated_at: agreement.updated_at,
        }
    }
}

/// A draft.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"clauses": [{"key": "recusal", "title": "We step out when we know the person", "body": "Whoever might know the client says only that they step out, and leaves for that part."}], "material": true}))]
pub struct AgreementCreate {
    /// What is agreed on, in its order. Keys differ.
    #[validate(length(min = 1, max = 40), custom(function = "keys_differ"), nested)]
    #[schema(min_items = 1, max_items = 40)]
    pub clauses: Vec<AgreementClause>,
    /// Every member has to sign this version anew; true when absent. The first version of a group always is.
    #[schema(nullable = false)]
    pub material: Option<bool>,
}

/// A merge patch (RFC 7396): absent keeps.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"clauses": [{"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves."}]}))]
pub struct AgreementPatch {
    /// What is agreed on. The list is replaced whole.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 40), custom(function = "keys_differ"), nested)]
    #[schema(nullable = false, min_items = 1, max_items = 40)]
    pub clauses: Option<Vec<AgreementClause>>,
    /// Every member has to sign this version anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub material: Option<bool>,
}

/// Publishing a draft.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_from": "2026-12-01"}))]
pub struct AgreementPublication {
    /// The day from which on it holds: today when absent, at most 90 days ahead.
    #[schema(nullable = false)]
    pub effective_from: Option<NaiveDate>,
}

/// Which agreements are listed, and in which order.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementFilter {
    /// Of this status; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<PublicationStatus>,
    /// `created_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<AgreementSort>,
}

/// What agreements are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum AgreementSort {
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

/// In which order signatures are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementSignatureFilter {
    /// `signed_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<AgreementSignatureSort>,
}

/// What signatures are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum AgreementSignatureSort {
    #[serde(rename = "signed_at")]
    SignedAt,
    #[serde(rename = "-signed_at")]
    SignedAtDescending,
}

/// That somebody signed a version. It is never changed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana", "typed_name": "Ana Reyes", "sha256": "4238b23504d87e56ff7e70676486c54b7c2762c540714357998214cbbee26d18", "signed_at": "2026-11-23T18:00:00Z"}))]
pub struct AgreementSignature {
    /// The seat that was signed for.
    pub membership_id: Uuid,
    /// The account that signed.
    pub account_id: Uuid,
    /// Its name now.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// The name as its holder typed it.
    #[schema(max_length = 200)]
    pub typed_name: String,
    /// The hash of the version that was signed.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// When.
    pub signed_at: DateTime<Utc>,
}

impl AgreementSignature {
    /// A signature, with the name that its account has now.
    pub fn new(row: agreement_signature::Model, display_name: String) -> Self {
        Self {
            membership_id: row.membership_id,
            account_id: row.account_id,
            display_name,
            typed_name: row.typed_name,
            sha256: row.sha256,
            signed_at: row.signed_at,
        }
    }
}

/// An agreement to keep, with what proves who signed what.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"exported_at": "2026-11-23T18:00:00Z", "group_name": "Harbor Circle", "agreement": {"id": "01936b2f-5f00-7000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "status": "draft", "clauses": [{"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves."}], "material": true, "version": 1, "created_at": "2026-11-20T18:00:00Z", "updated_at": "2026-11-20T18:00:00Z"}, "my_signatures": []}))]
pub struct AgreementExport {
    /// When this was put together.
    pub exported_at: DateTime<Utc>,
    /// The name of the group.
    #[schema(max_length = 120)]
    pub group_name: String,
    /// The agreement with its canonical text and its hash.
    pub agreement: Agreement,
    /// My own signatures under it: one for each seat that I had.
    #[schema(max_items = 100_000)]
    pub my_signatures: Vec<AgreementSignature>,
    /// Every signature under it, oldest first. For members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100_000)]
    pub signatures: Option<Vec<AgreementSignature>>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::Published => Self::new(ProblemCode::InvalidTransition, "the agreement is published"),
            Refusal::GroupIs(status) => not_in_this_state(status),
            Refusal::EffectiveFrom(first, last) => {
                let detail = format!("must be between {first} and {last}");
                Self::invalid_at("/effective_from", "out_of_range", detail)
            }
        }
    }
}
