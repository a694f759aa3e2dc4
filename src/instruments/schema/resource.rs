//! A FHIR Questionnaire, R4 or R5, as a wording. What else it holds is passed over.

use std::borrow::Cow;

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, schema::AdditionalProperties},
};
use validator::ValidationError;

use crate::{
    http::text,
    instruments::rules::{Draft, DraftItem, DraftLabel, canonical_language},
    problem::{Fault, Problem, Result},
};

/// What the document says of one: FHIR describes it.
pub struct FhirQuestionnaire;

impl PartialSchema for FhirQuestionnaire {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "A FHIR Questionnaire (hl7.org/fhir/R4/questionnaire.html). `linkId` is the name of an item.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .build()
            .into()
    }
}

impl ToSchema for FhirQuestionnaire {
    fn name() -> Cow<'static, str> {
        "FhirQuestionnaire".into()
    }
}

/// How deep groups of items may lie in one another.
const DEEPEST: usize = 10;
/// How many items are looked at.
const MOST: usize = 500;

/// Reads the wording out of a resource: `copyright` says who permits the use, each item that is neither a group nor a
/// display is an item of the instrument, and the display of a coded answer is its label.
///
/// # Errors
/// 422 with the place of everything that is missing or does not fit.
pub fn read(resource: &Value, language: &str) -> Result<Draft> {
    let mut reader = Reader::default();
    if text_of(resource, "resourceType") != Some("Questionnaire") {
        reader.fault("/resourceType", "unknown_value", "must be Questionnaire");
        return Err(Problem::invalid(reader.faults));
    }
    if text_of(resource, "language").is_some_and(|tag| canonical_language(tag) != language) {
        reader.fault("/language", "other_language", "must be the language in the path");
    }
    let permission = reader.text(resource, "copyright", "", 3, 500, text::prose);
    let title = resource.get("title").and_then(|_| reader.text(resource, "title", "", 1, 200, text::line));
    reader.items(resource, "", 0);
    match reader.faults.is_empty() {
        true => {
            let permission = permission.unwrap_or_default();
            Ok(Draft { title, permission, items: reader.items, options: Vec::new(), place: "/item" })
        }
        false => Err(Problem::invalid(reader.faults)),
    }
}

#[derive(Default)]
struct Reader {
    items: Vec<DraftItem>,
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, place: impl AsRef<str>, code: &'static str, detail: &'static str) {
        self.faults.push(Fault::at(place, code, detail));
    }

    fn text(
        &mut self,
        of: &Value,
        member: &str,
        place: &str,
        shortest: usize,
        longest: usize,
        check: fn(&str) -> std::result::Result<(), ValidationError>,
    ) -> Option<String> {
        let place = format!("{place}/{member}");
        let Some(text) = of.get(member) else {
            self.fault(place, "missing_member", "must be given");
            return None;
        };
        let Some(text) = text.as_str() else {
            self.fault(place, "wrong_type", "must be a string");
            return None;
        };
        if !(shortest..=longest).contains(&text.chars().count()) {
            let code = if text.chars().count() > longest { "too_long" } else { "too_short" };
            self.faults.push(Fault::at(place, code, format!("must have {shortest} to {longest} characters")));
            return None;
        }
        if let Err(error) = check(text) {
            let words = error.message.unwrap_or_default().into_owned();
            self.faults.push(Fault::at(place, error.code.into_owned(), words));
            return None;
        }
        Some(text.to_owned())
    }

    fn items(&mut self, of: &Value, place: &str, depth: usize) {
        let Some(items) = of.get("item").and_then(Value::as_array) else { return };
        for (at, item) in items.iter().enumerate() {
            let place = format!("{place}/item/{at}");
            if depth >= DEEPEST || self.items.len() >= MOST {
                return self.fault(place, "too_many", "lies too deep, or is one too many");
            }
            match text_of(item, "type") {
                Some("group" | "display") => {}
                _ => self.item(item, &place),
            }
            self.items(item, &place, depth + 1);
        }
    }

    fn item(&mut self, item: &Value, place: &str) {
        let name = self.text(item, "linkId", place, 1, 64, |_| Ok(()));
        let text = self.text(item, "text", place, 1, 500, text::prose);
        let mut options = Vec::new();
        let answers = item.get("answerOption").and_then(Value::as_array);
        for (at, answer) in answers.into_iter().flatten().enumerate().take(50) {
            options.extend(self.label(answer, &format!("{place}/answerOption/{at}")));
        }
        if let Some((name, text)) = name.zip(text) {
            self.items.push(DraftItem { item: name, text, options, place: format!("{place}/linkId") });
        }
    }

    /// The label of a coded answer. Numbers and answers without display have none.
    fn label(&mut self, answer: &Value, place: &str) -> Option<DraftLabel> {
        let coding = answer.get("valueCoding").filter(|coding| coding.get("display").is_some())?;
        let place = format!("{place}/valueCoding");
        let label = self.text(coding, "display", &place, 1, 200, text::line)?;
        let place = format!("{place}/code");
        match text_of(coding, "code").and_then(|code| code.parse().ok()) {
            Some(value) => Some(DraftLabel { value, label, place }),
            None => {
                self.fault(place, "wrong_type", "must be the number of an answer");
                None
            }
        }
    }
}

fn text_of<'a>(of: &'a Value, member: &str) -> Option<&'a str> {
    of.get(member).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_opened_and_what_is_not_known_is_passed_over() {
        let resource = json!({
            "resourceType": "Questionnaire", "language": "PT-br", "copyright": "By its author.", "copyrightLabel": "x",
            "item": [
                {"linkId": "intro", "type": "display", "text": "Read this."},
                {"linkId": "page", "type": "group", "item": [
                    {"linkId": "1", "type": "coding", "text": "One?", "answerOption": [
                        {"valueCoding": {"code": "1", "display": "Yes"}}, {"valueCoding": {"code": "2"}}, {"valueInteger": 3}
                    ]}
                ]}
            ]
        });
        let draft = read(&resource, "pt-BR").unwrap();
        assert_eq!((draft.permission.as_str(), draft.title, draft.items.len()), ("By its author.", None, 1));
        let item = &draft.items[0];
        assert_eq!((item.item.as_str(), item.place.as_str(), item.options.len()), ("1", "/item/1/item/0/linkId", 1));
        assert_eq!(item.options[0].place, "/item/1/item/0/answerOption/0/valueCoding/code");
    }
}
