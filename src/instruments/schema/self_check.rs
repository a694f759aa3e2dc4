use serde::Serialize;
use utoipa::ToSchema;

use crate::psychometrics::{CaseOutcome, Instrument, Item, Outcome};

/// The worked cases of an instrument, worked again just now.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"instrument": "mini-z-1", "version": "1.0.0", "rules_sha256": "4238b23504d87e56ff7e70676486c54b7c2762c540714357998214cbbee26d18", "passes": true, "cases": [{"case": "level_3", "answers": [{"item": "1", "value": 3}], "expected": {"scales": [{"scale": "level", "score": 3.0, "band": "burnout"}], "flags": [], "ranking": [], "support": false}, "computed": {"scales": [{"scale": "level", "score": 3.0, "band": "burnout"}], "flags": [], "ranking": [], "support": false}, "passes": true}]}))]
pub struct InstrumentSelfCheck {
    /// The key of the instrument.
    #[schema(max_length = 40)]
    instrument: String,
    /// Its version.
    #[schema(max_length = 20)]
    version: String,
    /// The rules that were applied.
    #[schema(min_length = 64, max_length = 64)]
    rules_sha256: String,
    /// Every case comes to what it should.
    passes: bool,
    /// The cases.
    #[schema(max_items = 1000)]
    cases: Vec<InstrumentCase>,
}

/// A worked case.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"case": "level_3", "answers": [{"item": "1", "value": 3}], "expected": {"scales": [{"scale": "level", "score": 3.0, "band": "burnout"}], "flags": [], "ranking": [], "support": false}, "computed": {"scales": [{"scale": "level", "score": 3.0, "band": "burnout"}], "flags": [], "ranking": [], "support": false}, "passes": true}))]
pub struct InstrumentCase {
    /// What it is called.
    #[schema(max_length = 64)]
    case: String,
    /// What is answered; items that are left out are not.
    #[schema(max_items = 100)]
    answers: Vec<SelfCheckAnswer>,
    /// What it must come to.
    expected: Outcome,
    /// What it comes to.
    computed: Outcome,
    /// Whether the two are the same.
    passes: bool,
}

/// An answer to an item.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"item": "1", "value": 3}))]
pub struct SelfCheckAnswer {
    /// Which item.
    #[schema(max_length = 64)]
    item: String,
    /// The value of an option.
    #[schema(minimum = 0, maximum = 100)]
    value: i64,
}

impl From<&Instrument> for InstrumentSelfCheck {
    fn from(instrument: &Instrument) -> Self {
        let cases: Vec<_> = instrument.self_check().map(|case| InstrumentCase::new(instrument, case)).collect();
        Self {
            instrument: instrument.key.clone(),
            version: instrument.version.clone(),
            rules_sha256: instrument.rules_sha256.clone(),
            passes: cases.iter().all(|case| case.passes),
            cases,
        }
    }
}

impl InstrumentCase {
    fn new(instrument: &Instrument, case: CaseOutcome<'_>) -> Self {
        let given = |item: &Item| {
            let value = *case.example.answers.get(&item.name)?;
            Some(SelfCheckAnswer { item: item.name.clone(), value })
        };
        Self {
            case: case.example.case.clone(),
            answers: instrument.items.iter().filter_map(given).collect(),
            expected: case.example.expected.clone(),
            passes: case.passes(),
            computed: case.computed,
        }
    }
}
