use serde_json::{Value, json};

use super::{Answer, Person};

/// Answers to the numbered items of a published instrument; none where there is none.
pub fn numbered(answers: &[Option<i64>]) -> Value {
    let given = answers.iter().enumerate().filter_map(|(index, value)| Some((index + 1, (*value)?)));
    given.map(|(number, value)| json!({"item": number.to_string(), "value": value})).collect()
}

/// Answers to the Challenge Check: of each challenge how often and how much, or that it does not apply.
pub fn challenges(burdens: &[(&str, Option<(i64, i64)>)]) -> Value {
    let answers = burdens.iter().flat_map(|(challenge, burden)| {
        let given = match burden {
            Some((frequency, impact)) => vec![("applies", 1), ("frequency", *frequency), ("impact", *impact)],
            None => vec![("applies", 0)],
        };
        given.into_iter().map(move |(part, value)| json!({"item": format!("{challenge}.{part}"), "value": value}))
    });
    answers.collect()
}

impl Person {
    /// Takes an instrument whole in one call, with the form in hand.
    pub async fn takes(&self, instrument: &str, answers: Value) -> Value {
        self.tries(instrument, answers).await.expect(201)
    }

    /// Sends an instrument whole in one call.
    pub async fn tries(&self, instrument: &str, answers: Value) -> Answer {
        let body = json!({"instrument": instrument, "own_form": true, "answers": answers, "submit": true});
        self.post("/v1/self-assessments", body).await
    }

    /// Takes a published instrument, every item answered alike.
    pub async fn takes_evenly(&self, instrument: &str, items: usize, value: i64) -> Value {
        self.takes(instrument, numbered(&vec![Some(value); items])).await
    }
}
