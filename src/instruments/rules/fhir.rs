//! An instrument as a FHIR R4 Questionnaire.

use serde_json::{Map, Value, json};

use super::wording::Wording;
use crate::psychometrics::{Choice, Instrument, Item};

/// What an answer counts, for systems that score by themselves.
const ORDINAL_VALUE: &str = "http://hl7.org/fhir/StructureDefinition/ordinalValue";

/// The canonical address of an instrument, without its version.
pub fn canonical(public_url: &str, instrument: &Instrument) -> String {
    format!("{public_url}/v1/instruments/{}", instrument.key)
}

/// The questionnaire. Reversed items have reversed weights, so that each scale is a plain sum or mean. Without a wording,
/// items have their number or name alone.
pub fn questionnaire(instrument: &Instrument, wording: Option<&Wording>, public_url: &str) -> Value {
    let items: Vec<Value> = instrument.items.iter().map(|one| item(one, wording)).collect();
    let mut resource = Map::new();
    let mut put = |name: &str, value: Value| drop(resource.insert(name.to_owned(), value));
    put("resourceType", "Questionnaire".into());
    put("id", instrument.key.clone().into());
    if let Some(wording) = wording {
        put("language", wording.language.clone().into());
    }
    put("url", canonical(public_url, instrument).into());
    put("version", instrument.version.clone().into());
    put("name", computer_name(&instrument.key).into());
    let title = wording.and_then(|wording| wording.title.as_ref()).unwrap_or(&instrument.title);
    put("title", title.clone().into());
    put("status", "active".into());
    put("subjectType", json!(["Practitioner"]));
    put("description", instrument.description.clone().into());
    // By whose leave an imported wording is used says more than the terms of the structure.
    let permission = wording.and_then(|wording| wording.permission.as_ref());
    put("copyright", permission.unwrap_or(&instrument.licence.statement).clone().into());
    put("item", items.into());
    Value::Object(resource)
}

fn item(item: &Item, wording: Option<&Wording>) -> Value {
    let options: Vec<Value> = item.choices.iter().map(|choice| option(item, choice, wording)).collect();
    let mut shown = json!({"linkId": item.name, "type": "choice", "answerOption": options});
    if let Some(shown) = shown.as_object_mut() {
        match wording.and_then(|wording| wording.text(&item.name)) {
            Some(text) => shown.insert("text".into(), text.into()),
            None => shown.insert("prefix".into(), item.name.clone().into()),
        };
        if let Some(gate) = &item.asked_if {
            // Not answered with 0, or not answered.
            let condition = json!({"question": gate, "operator": "!=", "answerCoding": {"code": "0"}});
            shown.insert("enableWhen".into(), json!([condition]));
        }
    }
    shown
}

fn option(item: &Item, choice: &Choice, wording: Option<&Wording>) -> Value {
    let weight = json!({"url": ORDINAL_VALUE, "valueDecimal": choice.weight});
    let mut coding = json!({"extension": [weight], "code": choice.value.to_string()});
    let label = wording.and_then(|wording| wording.label(&item.name, choice.value));
    if let (Some(label), Some(coding)) = (label, coding.as_object_mut()) {
        coding.insert("display".into(), label.into());
    }
    json!({"valueCoding": coding})
}

/// A name that programs can use: `Who5`.
fn computer_name(key: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    key.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psychometrics::Catalogue;

    #[test]
    fn a_reversed_item_has_reversed_weights_and_one_without_wording_no_text() {
        let catalogue = Catalogue::load(None).unwrap();
        let resource = questionnaire(catalogue.newest("brs").unwrap(), None, "https://api.example.org");
        assert_eq!(resource["url"], "https://api.example.org/v1/instruments/brs");
        assert_eq!((&resource["version"], &resource["name"]), (&json!("1.0.0"), &json!("Brs")));
        let weights = |item: usize| -> Vec<i64> {
            let options = resource["item"][item]["answerOption"].as_array().unwrap();
            options.iter().map(|one| one["valueCoding"]["extension"][0]["valueDecimal"].as_i64().unwrap()).collect()
        };
        assert_eq!((weights(0), weights(1)), (vec![1, 2, 3, 4, 5], vec![5, 4, 3, 2, 1]));
        let first = &resource["item"][0];
        assert_eq!((&first["linkId"], &first["prefix"], first.get("text")), (&json!("1"), &json!("1"), None));
        assert!(first["answerOption"][0]["valueCoding"].get("display").is_none());
    }

    #[test]
    fn a_worded_one_says_its_language_and_when_an_item_is_asked() {
        let catalogue = Catalogue::load(None).unwrap();
        let instrument = catalogue.newest("challenge-check").unwrap();
        let wording = Wording::bundled(instrument).unwrap();
        let resource = questionnaire(instrument, Some(&wording), "https://api.example.org");
        assert_eq!((&resource["language"], &resource["name"]), (&json!("en"), &json!("ChallengeCheck")));
        let second = &resource["item"][1];
        assert!(second["text"].is_string() && second.get("prefix").is_none());
        assert_eq!(second["enableWhen"][0]["question"], "professional_isolation.applies");
        assert_eq!(second["answerOption"][0]["valueCoding"]["display"], "Never");
    }
}
