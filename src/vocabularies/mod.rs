//! The words that profiles, groups and organizations share, so that they can be matched.
//!
//! Each vocabulary is a file under `reference/vocabularies/`, built into the binary. A word that goes out of use is marked `retired`
//! there, never taken out: it is no longer listed and no longer taken, but what was stored with it keeps its label.

use crate::http::openapi::Routes;

mod routes;
mod rules;
mod schema;

pub use rules::{AvenueKind, Term, Vocabulary, licence_titles};
pub use schema::{
    AvenueKey, ChallengeKey, ConsultationFormatKey, DisciplineKey, FormatKey, LicenceFamilyKey, ModalityKey,
    OfferingKey, OpenToKey, PopulationKey, SpecialtyKey, TaxonomyCode,
};

pub fn routes(service: &mut Routes) {
    service.service(routes::list).service(routes::get);
}
