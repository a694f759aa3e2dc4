//! A self-assessment as FHIR R4: a QuestionnaireResponse, and an Observation for each scale.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::AdditionalProperties},
};

use super::{Opened, in_order};
use crate::{
    entities::self_assessment::SelfAssessmentStatus,
    psychometrics::{Instrument, ScaleScore},
};

/// What the document says of one: FHIR describes it.
pub struct FhirBundle;

impl PartialSchema for FhirBundle {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("A FHIR Bundle (hl7.org/fhir/R4/bundle.html)."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for FhirBundle {}

/// A Bundle of both. Nobody is named in it: whoever hands it on says whose it is.
pub fn bundle(opened: &Opened, public_url: &str, now: DateTime<Utc>) -> Value {
    let response_url = opened.row.id.urn().to_string();
    let mut entries = vec![entry(&response_url, response(opened, public_url, now))];
    for scored in opened.response.outcome.iter().flat_map(|outcome| &outcome.scales) {
        let url = format!("{public_url}/v1/self-assessments/{}/scales/{}", opened.row.id, scored.scale);
        entries.push(entry(&url, observation(opened, scored, &response_url, public_url, now)));
    }
    json!({"resourceType": "Bundle", "type": "collection", "timestamp": instant(now), "entry": entries})
}

fn entry(url: &str, resource: Value) -> Value {
    json!({"fullUrl": url, "resource": resource})
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn response(opened: &Opened, public_url: &str, now: DateTime<Utc>) -> Value {
    let row = &opened.row;
    let status = match row.status_at(now) {
        SelfAssessmentStatus::InProgress => "in-progress",
        SelfAssessmentStatus::Expired => "stopped",
        SelfAssessmentStatus::Completed => "completed",
        SelfAssessmentStatus::Voided => "entered-in-error",
    };
    let mut resource = json!({
        "resourceType": "QuestionnaireResponse",
        "id": row.id,
        "questionnaire": format!("{public_url}/v1/instruments/{}|{}", row.instrument, row.instrument_version),
        "status": status,
        "authored": instant(row.completed_at.unwrap_or(row.started_at)),
    });
    let items: Vec<Value> = in_order(opened)
        .iter()
        .map(|answered| {
            let coding = json!({"code": answered.value.to_string()});
            json!({"linkId": answered.item, "answer": [{"valueCoding": coding}]})
        })
        .collect();
    // FHIR has no empty lists.
    if let Some(members) = resource.as_object_mut().filter(|_| !items.is_empty()) {
        members.insert("item".into(), items.into());
    }
    resource
}

fn observation(
    opened: &Opened,
    scored: &ScaleScore,
    response_url: &str,
    public_url: &str,
    now: DateTime<Utc>,
) -> Value {
    let row = &opened.row;
    let title = opened.instrument.as_deref().and_then(|instrument| title(instrument, &scored.scale));
    let status = match row.status_at(now) {
        SelfAssessmentStatus::Voided => "entered-in-error",
        _ => "final",
    };
    let coding = json!({"system": format!("{public_url}/v1/instruments/{}", row.instrument), "code": scored.scale});
    let mut members = json!({
        "resourceType": "Observation",
        "status": status,
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey"
        }]}],
        "code": {"coding": [coding], "text": title.unwrap_or(&scored.scale)},
        "effectiveDateTime": instant(row.completed_at.unwrap_or(row.started_at)),
        "derivedFrom": [{"reference": response_url}],
    });
    let Some(object) = members.as_object_mut() else { return members };
    match scored.score {
        Some(score) => object.insert("valueQuantity".into(), json!({"value": score})),
        None => {
            let system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
            let coding = json!([{"system": system, "code": "not-performed"}]);
            object.insert("dataAbsentReason".into(), json!({"coding": coding, "text": "Too little was answered"}))
        }
    };
    if let Some(band) = &scored.band {
        object.insert("interpretation".into(), json!([{"text": band}]));
    }
    if let Some((t_score, norm)) = scored.t_score.zip(scored.norm.as_ref()) {
        let code = json!({"text": format!("T-score against {norm}")});
        object.insert("component".into(), json!([{"code": code, "valueQuantity": {"value": t_score}}]));
    }
    members
}

fn title<'a>(instrument: &'a Instrument, scale: &str) -> Option<&'a str> {
    instrument.scale(scale).map(|scale| scale.title.as_str())
}
