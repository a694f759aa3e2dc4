//! Answers in FHIR R4 (HL7, 4.0.1), as `application/fhir+json`.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::AdditionalProperties},
};

/// A resource, whole.
#[derive(Debug)]
pub struct FhirResource(pub Value);

impl Responder for FhirResource {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type("application/fhir+json").body(self.0.to_string())
    }
}

impl PartialSchema for FhirResource {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("A FHIR R4 resource, as <https://hl7.org/fhir/R4/> defines it."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for FhirResource {}
