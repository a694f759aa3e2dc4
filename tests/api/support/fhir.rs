use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The part of HL7's JSON schema of FHIR R4 that this service writes.
const SCHEMA: &str = include_str!("fhir_r4.schema.json");

const RESOURCES: [&str; 4] = ["Questionnaire", "QuestionnaireResponse", "Observation", "Bundle"];

/// Holds a resource against the JSON schema of FHIR R4: a Questionnaire, a `QuestionnaireResponse`, an Observation, or a
/// Bundle of these.
#[track_caller]
pub fn assert_valid_r4(resource: &Value) {
    let faults = faults_in_r4(resource);
    assert!(faults.is_empty(), "{} is not valid FHIR R4: {faults:#?} in {resource}", resource["resourceType"]);
}

/// In what a resource departs from FHIR R4.
#[track_caller]
pub fn faults_in_r4(resource: &Value) -> Vec<String> {
    static VALIDATORS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = |name: &'static str| {
            // In this draft, a reference hides what stands beside it.
            let reference = json!({"$ref": format!("#/definitions/{name}")});
            let whole =
                json!({"$schema": schema["$schema"], "allOf": [reference], "definitions": schema["definitions"]});
            (name, jsonschema::validator_for(&whole).unwrap())
        };
        RESOURCES.map(validator).into()
    });
    let kind = resource["resourceType"].as_str().unwrap_or_else(|| panic!("this is no resource: {resource}"));
    let validator = VALIDATORS.iter().find(|(name, _)| *name == kind);
    let (_, validator) = validator.unwrap_or_else(|| panic!("there is no schema of {kind} here"));
    validator.iter_errors(resource).map(|fault| format!("{} {fault}", fault.instance_path())).collect()
}
